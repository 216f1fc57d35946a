"""The SQL statements of SQLiteLedger."""

SETTLE = """
UPDATE seeds SET state = ?, code = ?, error = ?, envelope_at = ?, leased_until = NULL WHERE line = ? AND n = ?
"""
TODO = "SELECT * FROM seeds WHERE platform = ? AND state = 'todo' ORDER BY line, n LIMIT ?"
EXPIRED = """
SELECT * FROM seeds WHERE platform = ? AND state = 'leased' AND leased_until <= ? ORDER BY line, n LIMIT ?
"""
# a claim counts from the lease on: another seed may hold an earlier claim by now
LEASE = """
UPDATE seeds SET state = 'leased', attempts = attempts + 1, leased_until = ?, key = NULL WHERE line = ? AND n = ?
"""
FREE = """
UPDATE seeds SET state = 'todo', leased_until = NULL, duplicate_of = NULL, attempts = attempts - (duplicate_of IS NULL)
"""
RELEASE = f"{FREE} WHERE line = ? AND n = ? AND state = 'leased'"
RELEASE_WAITING = "UPDATE seeds SET state = 'todo', duplicate_of = NULL WHERE duplicate_of = ? AND state = 'leased'"
WAIT = """
UPDATE seeds SET key = ?, duplicate_of = ?, leased_until = NULL, attempts = attempts - (duplicate_of IS NULL)
  WHERE line = ? AND n = ? AND state = 'leased'
"""
WAITING = """
SELECT * FROM seeds WHERE duplicate_of = ? AND state = 'leased' AND (line, n) > (?, ?) ORDER BY line, n LIMIT ?
"""
ANEW = """
UPDATE seeds SET state = 'todo', attempts = 0, leased_until = NULL, code = NULL, error = NULL, envelope_at = NULL,
  duplicate_of = NULL
"""
FORGET = f"{ANEW} WHERE envelope_at >= ?"
FAILED = "SELECT line, n FROM seeds WHERE state = 'failed'"
REOPEN = f"{ANEW} WHERE line = ? AND n = ? AND state = 'failed'"
PAGE = "AND (line, n) > (?, ?) ORDER BY line, n LIMIT ?"
RESULTS = "SELECT coalesce(error, ?), count(*) FROM seeds WHERE code IS NOT NULL GROUP BY 1 ORDER BY 1"
ENTRIES = "SELECT * FROM seeds WHERE (line, n) > (?, ?) ORDER BY line, n LIMIT ?"
# one index step for each name, as DISTINCT would read every row
PLATFORMS = """
WITH RECURSIVE found (name) AS (
  SELECT min(platform) FROM seeds
  UNION ALL SELECT (SELECT min(platform) FROM seeds WHERE platform > name) FROM found WHERE name IS NOT NULL
)
SELECT name FROM found WHERE name IS NOT NULL
  AND EXISTS (SELECT 1 FROM seeds WHERE platform = name AND state IN ('todo', 'leased'))
"""
