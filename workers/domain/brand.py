"""Whose look a letter has: brand and sender are the house's, or a partner's own (`mail.partners` in the settings)."""


def brand_partner(about: str | None, reader: str | None, *, ended: bool = False) -> str | None:
    """The id of the partner in whose brand a letter is written; None: in the house's.

    - A letter about a partner's client or lead (`about`: that partner) to a contact of this client, or to one of this
      partner's people (`reader`: the partner of the contact's company, or of the user), has the partner's brand.
    - To everybody else, such as a colleague in charge of the client, it has the house's.
    - Where the relation ended (R15b: services for the client, or the partner) nobody writes in the partner's name.

    All copies of a letter are one text (HS-8), so it is chosen once, for those in its To line; a copied point of
    contact belongs to the same partner.
    """
    return about if about == reader and not ended else None
