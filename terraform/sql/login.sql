-- A role that can log in and has no rights at all. Run it before the file that grants some.
--
-- The files of this folder are plain SQL for any client. What differs between installations they
-- read from settings of the session, so that nothing is pasted into them:
--
--   totesys.role      the role's name
--   totesys.password  its password, or better a SCRAM-SHA-256 verifier of it, for the logs' sake
--
-- Each can be run again: to change a password, or to grant what a new version needs. They need no
-- superuser, only a role that may create roles and owns the database, as the master of RDS does.
DO $$
DECLARE
  role name := current_setting('totesys.role');
BEGIN
  IF role = current_user THEN
    RAISE EXCEPTION 'role % cannot take its own rights away', role;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
    EXECUTE format('CREATE ROLE %I', role);
  END IF;
  -- A role that somebody has made for something else must not become one of ours with all it can
  -- do.
  IF EXISTS (
    SELECT FROM pg_roles
    WHERE rolname = role
      AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)
  ) OR EXISTS (
    SELECT FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = member WHERE rolname = role
  ) THEN
    RAISE EXCEPTION 'role % has rights of its own already', role
      USING HINT = 'Choose another name, or take them away first.';
  END IF;
  EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L', role, current_setting('totesys.password'));
END
$$;
