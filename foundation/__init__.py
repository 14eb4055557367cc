"""The ground everything stands on: words of the trade, time, ids, database, jobs, secrets."""
