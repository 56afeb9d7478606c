"""Where Alembic finds its database: on the connection, and in the transaction, of `workers.store.migrate`."""

from alembic import context

from workers.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
