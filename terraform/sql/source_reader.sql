-- Grants the privileges of the role that extracts: it can read the tables of the model in the source, and
-- nothing else. Other roles' privileges do not change.
--
--   totesys.role    the role's name; login.sql creates it
--   totesys.tables  the tables to read, as an array: {address,payment}
DO $$
DECLARE
  role name := current_setting('totesys.role');
  tables name[] := current_setting('totesys.tables');
  wanted name;
BEGIN
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role);
  -- Includes tables that are no longer in the model.
  EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %I', role);
  FOREACH wanted IN ARRAY tables LOOP
    EXECUTE format('GRANT SELECT ON public.%I TO %I', wanted, role);
  END LOOP;
  -- A second safeguard after the missing privileges.
  EXECUTE format(
    'ALTER ROLE %I IN DATABASE %I SET default_transaction_read_only = on',
    role,
    current_database()
  );
  IF has_schema_privilege(role, 'public', 'CREATE') THEN
    RAISE WARNING 'every role can create tables in schema public of %, including %',
      current_database(), role
      USING HINT = 'If no role relies on it: REVOKE CREATE ON SCHEMA public FROM PUBLIC;';
  END IF;
END
$$;
