-- The role of dashboards: it reads the star, and neither the pipeline's own tables nor the
-- quarantine, which holds rows as they were in the source.
--
--   totesys.role    the role's name; login.sql has made it
--   totesys.loader  the role of warehouse_loader.sql, which has been run
DO $$
DECLARE
  role name := current_setting('totesys.role');
  loader name := current_setting('totesys.loader');
BEGIN
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
  -- The tables are the loader's, and those it will make are to be read as well.
  EXECUTE format('GRANT %I TO CURRENT_USER', loader);
  EXECUTE format('GRANT USAGE ON SCHEMA star TO %I', role);
  EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA star TO %I', role);
  EXECUTE format(
    'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA star GRANT SELECT ON TABLES TO %I',
    loader,
    role
  );
  EXECUTE format('REVOKE %I FROM CURRENT_USER', loader);
  -- A query that somebody forgot must not keep the warehouse from loading: not by locks, not by
  -- work, and not by taking every connection. It is no fence: a session may change its settings,
  -- and every role may take advisory locks and make large objects, which on RDS nobody can forbid.
  -- Whoever has this password can hold the pipeline up, though not change a row of the star.
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
