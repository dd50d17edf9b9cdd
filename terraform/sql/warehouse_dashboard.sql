-- Grants the privileges of dashboards: the role can read the star schema, but not the pipeline's control
-- tables, nor the quarantine, which holds rows of the source.
--
--   totesys.role    the role's name; login.sql creates it
--   totesys.loader  the role of warehouse_loader.sql, which must have run
DO $$
DECLARE
  role name := current_setting('totesys.role');
  loader name := current_setting('totesys.loader');
BEGIN
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
  -- The loader owns the tables. Its future tables are granted as well.
  EXECUTE format('GRANT %I TO CURRENT_USER', loader);
  EXECUTE format('GRANT USAGE ON SCHEMA star TO %I', role);
  EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA star TO %I', role);
  EXECUTE format(
    'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA star GRANT SELECT ON TABLES TO %I',
    loader,
    role
  );
  EXECUTE format('REVOKE %I FROM CURRENT_USER', loader);
  -- A forgotten query must not block loading by its locks, its work or its connections. These limits do
  -- not stop an attacker: a session can change its settings, and every role can take advisory locks and
  -- create large objects, which cannot be forbidden on RDS. With this password one can delay the pipeline,
  -- but not change a row of the star schema.
  EXECUTE format('ALTER ROLE %I CONNECTION LIMIT 20', role);
  EXECUTE format(
    'ALTER ROLE %1$I IN DATABASE %2$I SET search_path = star;'
    'ALTER ROLE %1$I IN DATABASE %2$I SET default_transaction_read_only = on;'
    'ALTER ROLE %1$I IN DATABASE %2$I SET statement_timeout = ''60s'';'
    'ALTER ROLE %1$I IN DATABASE %2$I SET idle_in_transaction_session_timeout = ''60s''',
    role,
    current_database()
  );
END
$$;
