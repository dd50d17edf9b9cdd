-- The role that loads: it owns the schemas of the warehouse, and reaches nothing else in the
-- database.
--
--   totesys.role  the role's name; login.sql has made it
DO $$
DECLARE
  role name := current_setting('totesys.role');
  own name;
BEGIN
  -- The database is the pipeline's: nobody gets in unasked.
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  REVOKE ALL ON SCHEMA public FROM PUBLIC;
  EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), role);
  -- Only who belongs to a role may make schemas for it, and since Postgres 16 its maker does not.
  EXECUTE format('GRANT %I TO CURRENT_USER', role);
  -- Made here, so that the loader needs no right to create others.
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
