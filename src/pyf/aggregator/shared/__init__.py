"""What all worker machines share, in Redis: pace, budget, cache, checkpoints, leases and the ledger."""
