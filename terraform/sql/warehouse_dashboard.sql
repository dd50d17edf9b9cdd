-- Grants the privileges of dashboards: the role can read the star schema and, of the pipeline's control
-- tables, those that say how it runs. It cannot read the quarantine, which holds rows of the source, nor
-- why a commit was skipped, which can quote one.
--
--   totesys.role    the role's name; login.sql creates it
--   totesys.loader  the role of warehouse_loader.sql, which must have run
DO $$
DECLARE
  role name := current_setting('totesys.role');
  loader name := current_setting('totesys.loader');
  control record;
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
  -- Only some of the control tables: default privileges would include the quarantine. Those that do not
  -- exist yet are granted by the loader when it creates them, to every role with USAGE on the schema
  -- (sdk/load/migrations/0013_run_history.ts).
  EXECUTE format('GRANT USAGE ON SCHEMA etl TO %I', role);
  EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA etl FROM %I', role);
  FOR control IN
    SELECT oid::regclass AS name, CASE relname WHEN 'applied_commit' THEN (
      SELECT format('(%s)', string_agg(quote_ident(attname), ', ')) FROM pg_attribute
      WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attname <> 'skipped'
    ) END AS columns
    FROM pg_class c
    WHERE relnamespace = 'etl'::regnamespace
      AND relname IN ('run', 'run_hour', 'verification', 'heartbeat', 'reconciliation',
        'applied_commit', 'skipped_commit', 'row_count', 'migration', 'quarantine_reason')
  LOOP
    EXECUTE format('GRANT SELECT %s ON %s TO %I', control.columns, control.name, role);
  END LOOP;
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
