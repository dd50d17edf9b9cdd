-- Creates a role that can log in and has no privileges. Run it before the file that grants them.
--
-- The files of this folder are plain SQL for any client. They read their parameters from settings of the
-- session:
--
--   totesys.role      the role's name
--   totesys.password  its password, or a SCRAM-SHA-256 verifier, which keeps the password out of logs
--
-- Each can be run again, to change the password or to grant what a new version needs. They do not need a
-- superuser, only a user who owns the database and can create roles, such as the master user of RDS.
DO $$
DECLARE
  role name := current_setting('totesys.role');
BEGIN
  IF role = current_user THEN
    RAISE EXCEPTION 'role % cannot revoke its own privileges', role;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
    EXECUTE format('CREATE ROLE %I', role);
  END IF;
  -- A role with another purpose must not get access to the pipeline in addition to its privileges.
  IF EXISTS (
    SELECT FROM pg_roles
    WHERE rolname = role
      AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)
  ) OR EXISTS (
    SELECT FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = member WHERE rolname = role
  ) THEN
    RAISE EXCEPTION 'role % already has other privileges', role
      USING HINT = 'Choose another name, or revoke them first.';
  END IF;
  EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L', role, current_setting('totesys.password'));
END
$$;
