-- Grants the privileges of the role that loads: it owns the schemas of the warehouse, and has access to
-- nothing else in the database.
--
--   totesys.role  the role's name; login.sql creates it
DO $$
DECLARE
  role name := current_setting('totesys.role');
  own name;
BEGIN
  -- Only roles of the pipeline can connect to the database.
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  REVOKE ALL ON SCHEMA public FROM PUBLIC;
  EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), role);
  -- Creating schemas for a role requires membership, which its creator does not have since Postgres 16.
  EXECUTE format('GRANT %I TO CURRENT_USER', role);
  -- Created here, so that the loader needs no privilege to create schemas.
  FOREACH own IN ARRAY ARRAY['star', 'etl'] LOOP
    EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', own, role);
    EXECUTE format('ALTER SCHEMA %I OWNER TO %I', own, role);
  END LOOP;
  EXECUTE format('REVOKE %I FROM CURRENT_USER', role);
  EXECUTE format(
    'ALTER ROLE %I IN DATABASE %I SET search_path = star',
    role,
    current_database()
  );
END
$$;
