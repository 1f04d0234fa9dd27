"""The steps of ``receive_mentions``, each over a whole batch: read and judge, gather, work, write. Nothing else uses them."""
