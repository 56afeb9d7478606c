"""The words of the examples, in each language: everybody in them is invented; dates and numbers are fixed.

`SCENES` are ordinary ones. In `LONG_ONES` everything is as long as it gets in real life, with words that no line holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scene:
    """What an example needs, in the words of one language.

    `number` is a format around a document's number, `factor` multiplies amounts, `path` is the end of every link.
    """

    language: str
    reader: str
    company: str
    partner: str
    lead: str
    process: str
    stage: str
    details: tuple[tuple[str, str], ...]
    colleague: str
    note: str
    work: str
    project: str
    task: str
    file: str
    trouble: str
    message: str
    reply: str
    product: str = "Marketing Suite Professional"
    login: str = "reader@example.com"
    number: str = "{}"
    factor: int = 1
    path: str = ""


_EN = Scene(
    language="en",
    reader="Emily Carter",
    company="Harbour & Finch Ltd",
    partner="Bright Lane Agency",
    lead="Solar roof for the Carter family",
    process="Direct sales",
    stage="First contact",
    details=(("Town", "Bristol"), ("Interest", "Solar roof with storage")),
    colleague="Oliver Hughes",
    note="Called about the offer.\nThey would like to see the storage option before Friday.",
    work="Relaunch of the online shop",
    project="Online shop 2026",
    task="Approve the drafts",
    file="Drafts, second round.pdf",
    trouble="The order form does not open",
    message="The second round of drafts is ready.\n\nPlease tell us which one you like best.",
    reply="Thank you for your patience: the form opens again.\nPlease reload the page once.",
)
_DE = Scene(
    language="de",
    reader="Jonas Albrecht",
    company="Nordlicht Energie GmbH",
    partner="Agentur Alsterblick",
    lead="Photovoltaik für Familie Brandt",
    process="Direktvertrieb",
    stage="Erstkontakt",
    details=(("Ort", "Lüneburg"), ("Interesse", "Anlage mit Speicher")),
    colleague="Mara Weiß",
    note="Wegen des Angebots telefoniert.\nVor Freitag möchte man noch die Variante mit Speicher sehen.",
    work="Relaunch des Onlineshops",
    project="Onlineshop 2026",
    task="Entwürfe freigeben",
    file="Entwürfe, zweite Runde.pdf",
    trouble="Das Bestellformular öffnet sich nicht",
    message="Die zweite Runde der Entwürfe ist fertig.\n\nBitte sagen Sie uns, welcher Ihnen am besten gefällt.",
    reply="Danke für Ihre Geduld: Das Formular öffnet sich wieder.\nBitte laden Sie die Seite einmal neu.",
)
_FR = Scene(
    language="fr",
    reader="Camille Laurent",
    company="Atelier Lumière SARL",
    partner="Agence Rive Claire",
    lead="Toiture solaire de la famille Morel",
    process="Vente directe",
    stage="Premier contact",
    details=(("Ville", "Annecy"), ("Intérêt", "Installation avec batterie")),
    colleague="Hugo Perrin",
    note="Échange téléphonique au sujet de l’offre.\nLe client souhaite voir la variante avec batterie.",
    work="Refonte de la boutique en ligne",
    project="Boutique en ligne 2026",
    task="Valider les maquettes",
    file="Maquettes, deuxième série.pdf",
    trouble="Le formulaire de commande ne s’ouvre pas",
    message="La deuxième série de maquettes est prête.\n\nDites-nous laquelle vous préférez.",
    reply="Merci de votre patience : le formulaire s’ouvre à nouveau.\nIl vous suffit de recharger la page.",
)

_PRODUCT = "MarketingSuiteProfessionalEnterprise-UnlimitedUsers-PrioritySupport-EMEA-2026/27"
_PATH = "/regions/europe-middle-east-and-africa/customers/0000000000000000000000000001?view=details&from=e-mail"

_LONG_EN = Scene(
    language="en",
    reader="Dr. Bartholomew Alexander Featherstonehaugh-Cholmondeley",
    company="Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch Community Energy Co-operative (Holdings) Limited",
    partner="Wolfeschlegelsteinhausenbergerdorff Communications & Digital Transformation Partners LLP",
    lead="Solar roof, battery storage and four charging points for the Featherstonehaugh-Cholmondeley family in "
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch, second phase of construction",
    process="Direct sales to private households, including owners’ associations with more than twenty flats",
    stage="Waiting for the structural engineer’s written statement on the load-bearing capacity of the roof",
    details=(
        ("Town", "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch, Isle of Anglesey"),
        ("Interest", "Solar roof with storage, heat pump and charging points; financing over fifteen years"),
        ("Preferred way and time of being contacted", "By phone, on weekdays after half past five"),
        ("Campaign", "spring_2026_solar_roofs_private_households_remarketing_video_15s_variant_b"),
        ("Remark", "Please ring the bell at the back, the dog is harmless. The meter cabinet is in the cellar. " * 3),
    ),
    colleague="Maximilian Thistlethwaite-Worthington III",
    note="Called about the offer and went through all of it, position by position, for more than an hour.\n\n"
    "They would like to see the storage option before Friday, with and without the subsidy of the county, and asked "
    "whether the charging points can be put off until next year without losing the discount.\n\n"
    "Photos of the roof: https://files.example.com/photos/2026/06/roof-south-west-with-all-the-chimneys-and-cables.jpg",
    work="Relaunch of the online shop, migration of 48,000 articles, and connection to the new warehouse in "
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch",
    project="Online shop 2026: internationalisation, accessibility, and a new checkout for twelve countries",
    task="Approve the second round of drafts for category pages, product pages, and the checkout in all languages",
    file="2026-06-01_drafts_second_round_category_pages_product_pages_checkout_all_languages_FINAL_v17.pdf",
    trouble="Since the update of last weekend the order form does not open in two of our three browsers, but the old "
    "bookmark still works",
    message="The second round of drafts is ready. It took us longer than we had planned, because the checkout had to "
    "be thought through for twelve countries, each with its own ways of paying and its own rules.\n\n"
    "Please tell us which of the four variants you like best, and what you would change in it. Antidisestablishment"
    "arianism in the sample texts will be replaced before anything goes live.\n\n"
    "We suggest a call on Thursday at ten, and will hold the slot until we hear from you.",
    reply="Thank you for your patience: the form opens again, in all browsers.\n\n"
    "The cause was a certificate that had expired on one of six servers, so that some of you saw the error and others "
    "did not. We have renewed it and will be warned in time from now on.\nPlease reload the page once.",
    product=_PRODUCT,
    login="bartholomew.featherstonehaugh-cholmondeley+customerportal@community-energy-cooperative.example.com",
    number="NO-EMEA-00000000000-{}-PART-3-OF-12",
    factor=1037,
    path=_PATH,
)
_LONG_DE = Scene(
    language="de",
    reader="Prof. Dr. Dr. h. c. Karl-Friedrich Freiherr von Hohenlohe-Waldenburg-Schillingsfürst",
    company="Wohnungsbaugenossenschaftsverwaltungsgesellschaft Nordwestmecklenburg-Ludwigslust-Parchim mbH & Co. KG",
    partner="Kommunikationsagenturgemeinschaft Alsterblick-Elbufer Steuerberatungsgesellschaftsmarketing GmbH",
    lead="Photovoltaik, Batteriespeicher und vier Ladepunkte für die Grundstücksverkehrsgenehmigungszuständigkeits"
    "übertragungsverordnungsberatungsstelle in Lüneburg, zweiter Bauabschnitt",
    process="Direktvertrieb an Privathaushalte einschließlich Wohnungseigentümergemeinschaften ab zwanzig Einheiten",
    stage="Warten auf die schriftliche Tragfähigkeitsbescheinigung des Statikers für die Dachkonstruktion",
    details=(
        ("Ort", "Hellschen-Heringsand-Unterschaar, Kreis Dithmarschen"),
        ("Interesse", "Anlage mit Speicher, Wärmepumpe und Ladepunkten; Finanzierung über fünfzehn Jahre"),
        ("Bevorzugter Kontaktweg und bevorzugte Uhrzeit", "Telefonisch, werktags ab halb sechs"),
        ("Kampagne", "fruehjahr_2026_photovoltaik_privathaushalte_wiederansprache_video_15s_variante_b"),
        ("Bemerkung", "Bitte hinten klingeln, der Hund tut nichts. Der Zählerschrank steht im Keller. " * 3),
    ),
    colleague="Maximiliane Schulze-Kremendahl-Rindfleischetikettierer",
    note="Wegen des Angebots telefoniert und es über eine Stunde lang Position für Position durchgesprochen.\n\n"
    "Vor Freitag möchte man noch die Variante mit Speicher sehen, mit und ohne Landesförderung, und fragt, ob die "
    "Ladepunkte ins nächste Jahr verschoben werden können, ohne dass der Rabatt verloren geht.\n\n"
    "Fotos vom Dach: https://dateien.example.com/fotos/2026/06/dach-suedwest-mit-allen-schornsteinen-und-kabeln.jpg",
    work="Relaunch des Onlineshops, Umzug von 48.000 Artikeln und Anbindung an das Arzneimittelversorgungs"
    "wirtschaftlichkeitsgesetzdokumentationssystem",
    project="Onlineshop 2026: Internationalisierung, Barrierefreiheitsstärkungsgesetz und neue Kasse für zwölf Länder",
    task="Entwürfe der zweiten Runde für Kategorieseiten, Produktdetailseiten und Kasse in allen Sprachen freigeben",
    file="2026-06-01_Entwuerfe_zweite_Runde_Kategorieseiten_Produktdetailseiten_Kasse_alle_Sprachen_FINAL_v17.pdf",
    trouble="Seit der Aktualisierung vom Wochenende öffnet sich das Bestellformular in zwei von drei Browsern nicht, "
    "das alte Lesezeichen geht aber noch",
    message="Die zweite Runde der Entwürfe ist fertig. Es hat länger gedauert als geplant, weil die Kasse für zwölf "
    "Länder durchdacht werden musste, jedes mit eigenen Zahlungsarten und eigenen Vorschriften.\n\n"
    "Bitte sagen Sie uns, welche der vier Varianten Ihnen am besten gefällt und was Sie daran ändern würden. Das Wort "
    "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz in den Mustertexten wird noch ersetzt.\n\n"
    "Wir schlagen ein Gespräch am Donnerstag um zehn vor und halten den Termin frei, bis wir von Ihnen hören.",
    reply="Danke für Ihre Geduld: Das Formular öffnet sich wieder, in allen Browsern.\n\n"
    "Ursache war ein abgelaufenes Zertifikat auf einem von sechs Servern, deshalb sahen einige von Ihnen den Fehler "
    "und andere nicht. Wir haben es erneuert und werden künftig rechtzeitig gewarnt.\nBitte laden Sie die Seite neu.",
    product=_PRODUCT,
    login="karl-friedrich.von-hohenlohe-waldenburg-schillingsfuerst+kundenportal@wohnungsbaugenossenschaft.example.com",
    number="NR-NWM-000000000000-{}-TEIL-3-VON-12",
    factor=1037,
    path=_PATH,
)
_LONG_FR = Scene(
    language="fr",
    reader="Marie-Antoinette de La Rochefoucauld-Montmorency-Luxembourg",
    company="Syndicat intercommunal d’aménagement et de développement durable de "
    "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson et des communes environnantes",
    partner="Agence Rive Claire Communication, Stratégie numérique et Accompagnement du changement SAS",
    lead="Toiture solaire, batterie et quatre bornes de recharge pour la famille de La Rochefoucauld-Montmorency à "
    "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson, deuxième tranche des travaux",
    process="Vente directe aux particuliers, y compris les syndicats de copropriétaires de plus de vingt lots",
    stage="En attente de l’attestation écrite du bureau d’études sur la capacité portante de la charpente",
    details=(
        ("Ville", "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson, Marne"),
        ("Intérêt", "Installation avec batterie, pompe à chaleur et bornes ; financement sur quinze ans"),
        ("Moyen et horaire de contact préférés", "Par téléphone, en semaine après dix-sept heures trente"),
        ("Campagne", "printemps_2026_toitures_solaires_particuliers_reciblage_video_15s_variante_b"),
        ("Remarque", "Merci de sonner derrière, le chien n’est pas méchant. Le compteur est à la cave. " * 3),
    ),
    colleague="Jean-Christophe Anticonstitutionnellement-Delacroix",
    note="Échange téléphonique de plus d’une heure au sujet de l’offre, poste par poste.\n\n"
    "Le client souhaite voir la variante avec batterie avant vendredi, avec et sans la subvention régionale, et "
    "demande si les bornes peuvent être reportées à l’année prochaine sans perdre la remise.\n\n"
    "Photos du toit : https://fichiers.example.com/photos/2026/06/toit-sud-ouest-avec-toutes-les-cheminees.jpg",
    work="Refonte de la boutique en ligne, reprise de 48 000 articles et raccordement au nouvel entrepôt de "
    "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson",
    project="Boutique en ligne 2026 : internationalisation, accessibilité et nouveau tunnel d’achat pour douze pays",
    task="Valider la deuxième série de maquettes des pages de catégories, des fiches produits et du panier",
    file="2026-06-01_maquettes_deuxieme_serie_categories_fiches_produits_panier_toutes_langues_FINAL_v17.pdf",
    trouble="Depuis la mise à jour du week-end dernier, le formulaire de commande ne s’ouvre plus dans deux de nos "
    "trois navigateurs, mais l’ancien favori fonctionne encore",
    message="La deuxième série de maquettes est prête. Elle a demandé plus de temps que prévu, car le panier devait "
    "être pensé pour douze pays, chacun avec ses moyens de paiement et ses règles.\n\n"
    "Dites-nous laquelle des quatre variantes vous préférez et ce que vous y changeriez. Le mot "
    "hexakosioihexekontahexaphobie des textes d’exemple sera remplacé avant la mise en ligne.\n\n"
    "Nous vous proposons un appel jeudi à dix heures et gardons le créneau jusqu’à votre réponse.",
    reply="Merci de votre patience : le formulaire s’ouvre à nouveau, dans tous les navigateurs.\n\n"
    "La cause était un certificat expiré sur l’un de nos six serveurs : certains d’entre vous voyaient l’erreur et "
    "d’autres non. Nous l’avons renouvelé et serons désormais avertis à temps.\nIl vous suffit de recharger la page.",
    product=_PRODUCT,
    login="marie-antoinette.de-la-rochefoucauld-montmorency+espaceclient@syndicat-intercommunal.example.com",
    number="NO-MARNE-0000000000-{}-VOLET-3-SUR-12",
    factor=1037,
    path=_PATH,
)

SCENES: Mapping[str, Scene] = {scene.language: scene for scene in (_EN, _DE, _FR)}
LONG_ONES: Mapping[str, Scene] = {scene.language: scene for scene in (_LONG_EN, _LONG_DE, _LONG_FR)}
