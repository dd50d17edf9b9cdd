-- The role that extracts: it reads the tables of the model in the source, and can do nothing else.
--
--   totesys.role    the role's name; login.sql has made it
--   totesys.tables  the tables it may read, as an array: {address,payment}
--
-- The source belongs to somebody else, so nobody else's rights are touched.
DO $$
DECLARE
  role name := current_setting('totesys.role');
  tables name[] := current_setting('totesys.tables');
  wanted name;
BEGIN
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role);
  -- Also from tables that are no longer in the model.
  EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %I', role);
  FOREACH wanted IN ARRAY tables LOOP
    EXECUTE format('GRANT SELECT ON public.%I TO %I', wanted, role);
  END LOOP;
  -- A second lock behind the missing rights.
  EXECUTE format(
    'ALTER ROLE %I IN DATABASE %I SET default_transaction_read_only = on',
    role,
    current_database()
  );
  IF has_schema_privilege(role, 'public', 'CREATE') THEN
    RAISE WARNING 'everybody may create tables in schema public of %, % included',
      current_database(), role
      USING HINT = 'REVOKE CREATE ON SCHEMA public FROM PUBLIC, if nobody relies on it.';
  END IF;
END
$$;
