"""Enforces policies. moto stores them but treats every Condition of a bucket policy as true, assumes
roles for any token, and ignores what a role is allowed. Here a bucket policy applies to everyone, and
a role's policies to its sessions. Access keys that moto did not create, such as those of Terraform's
tests, are the account's owner."""

import base64
import json
import re
from fnmatch import fnmatchcase

from flask import request
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import AccessDeniedError, JsonRESTError
from moto.iam.access_control import PermissionResult
from moto.iam.models import iam_backends
from moto.s3.exceptions import S3AccessDeniedError
from moto.s3.models import FakeBucket
from moto.secretsmanager.models import secretsmanager_backends
from moto.ses.models import ses_backends
from moto.sts.models import sts_backends

# An operator that is not listed raises an error and grants nothing.
OPERATORS = {
    "ArnNotEquals": lambda value, wanted: value not in wanted,
    "Bool": lambda value, wanted: value in wanted,
    "ForAllValues:StringEquals": lambda values, wanted: all(one in wanted for one in values or []),
    "Null": lambda value, wanted: str(value is None).lower() in wanted,
    "NumericLessThan": lambda value, wanted: value is not None and float(value) < float(wanted[0]),
    "StringEquals": lambda value, wanted: value in wanted,
}


def listed(value):
    return value if isinstance(value, list) else [value]


def concerns(statement, action, resource, facts):
    return (
        any(fnmatchcase(action, pattern) for pattern in listed(statement["Action"]))
        and any(fnmatchcase(resource, pattern) for pattern in listed(statement.get("Resource", "*")))
        and all(
            OPERATORS[operator](facts.get(key), listed(wanted))
            for operator, tests in statement.get("Condition", {}).items()
            for key, wanted in tests.items()
        )
    )


def verdict(policy, action, resource, facts):
    """A deny overrides every allow."""
    effects = [
        statement["Effect"]
        for statement in policy["Statement"]
        if concerns(statement, action, resource, facts)
    ]
    if "Deny" in effects:
        return PermissionResult.DENIED
    return PermissionResult.PERMITTED if effects else PermissionResult.NEUTRAL


def session():
    """Returns the role session that signed the current request, or None."""
    key = re.search(r"Credential=([^/]+)/", request.headers.get("Authorization", ""))
    roles = [role for account in sts_backends.values() for role in account["aws"].assumed_roles]
    return next((role for role in roles if key and role.access_key_id == key[1]), None)


def facts_of_s3():
    """Reports every request as TLS, which moto does not support."""
    in_parts = request.method == "PUT" and "uploadId" in request.args
    begins = request.method == "POST" and "uploads" in request.args
    role = session()
    return {
        "aws:PrincipalArn": role.role_arn if role else None,
        "aws:SecureTransport": "true",
        "s3:ObjectCreationOperation": str(not in_parts and not begins).lower(),
        "s3:TlsVersion": "1.3",
        "s3:if-none-match": request.headers.get("If-None-Match"),
    }


def get_permission(self, action, resource):
    if self.policy is None:
        return PermissionResult.NEUTRAL
    # moto's names for the requests that begin and complete a multipart upload.
    action = action.replace("s3:PostObject", "s3:PutObject")
    return verdict(json.loads(self.policy), action, resource, facts_of_s3())


FakeBucket.get_permission = get_permission


def questions(self, service, resource):
    """Returns the resources and context of a request, as AWS evaluates a role's policies."""
    account, region = self.current_account, self.region
    if service == "secretsmanager":
        secret = secretsmanager_backends[account][region].secrets.get(self._get_param("SecretId"))
        return [secret.arn if secret else "*"], {}
    if service == "ses":
        sender = self._get_param("Source")
        recipients = self._get_param("Destination", {}).get("ToAddresses", [])
        known = ses_backends[account][region].email_identities
        # In the sandbox, SES also requires the right to send to the recipient's identity.
        names = [sender if sender in known else sender.split("@")[1]]
        names += [recipient for recipient in recipients if recipient in known]
        arns = [f"arn:aws:ses:{region}:{account}:identity/{name}" for name in names]
        return arns, {"ses:FromAddress": sender, "ses:Recipients": recipients}
    if service == "cloudwatch":
        return [resource], {"cloudwatch:namespace": self._get_param("Namespace")}
    return [resource], {}


def role_lets(self, role, service, action, resource):
    iam = iam_backends[self.current_account]["aws"]
    policies = iam.get_role_by_arn(role.role_arn).policies.values()
    resources, facts = questions(self, service, resource)
    return all(
        PermissionResult.PERMITTED
        in [
            verdict(json.loads(policy), f"{service}:{action}", one, facts)
            for policy in policies
        ]
        for one in resources
    )


def trust_lets(self):
    """Returns whether a role trusts a token."""
    iam = iam_backends[self.current_account]["aws"]
    payload = self._get_param("WebIdentityToken").split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    issuer = claims["iss"].removeprefix("https://")
    trust = json.loads(iam.get_role_by_arn(self._get_param("RoleArn")).assume_role_policy_document)
    facts = {f"{issuer}:{name}": value for name, value in claims.items()}
    trusted = [one["Principal"]["Federated"] for one in trust["Statement"]]
    return (
        all(arn in iam.open_id_providers for arn in trusted)
        and verdict(trust, "sts:AssumeRoleWithWebIdentity", "*", facts) == PermissionResult.PERMITTED
    )


def authorize(self, _, resource="*"):
    service, action = self.service_name, self._get_action()
    role = session()
    if action == "AssumeRoleWithWebIdentity":
        allowed = trust_lets(self)
    else:
        allowed = role is None or role_lets(self, role, service, action, resource)
    if allowed:
        return
    if service == "s3":
        raise S3AccessDeniedError()
    if "x-amz-target" in self.headers:
        raise JsonRESTError("AccessDeniedException", f"{action} on {resource}")
    raise AccessDeniedError(role.arn if role else "nobody", action)


ActionAuthenticatorMixin._authenticate_and_authorize_action = authorize
