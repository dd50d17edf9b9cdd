"""Adds to moto what Terraform's AWS provider needs. Python runs this file at start-up because of its
name, when its folder is on PYTHONPATH. moto_server itself is unchanged."""

import json

from moto.budgets.responses import BudgetsResponse
from moto.rds.models import DBParameterGroup
from moto.ses.models import EmailIdentity
from moto.sesv2.models import SESV2Backend

import policies  # noqa: F401 (it puts itself in place)

# --- RDS: the provider reads back only those parameters that a user has set ---

update_parameters = DBParameterGroup.update_parameters


def update_parameters_of_a_user(self, new_parameters):
    parameters = list(new_parameters)
    for parameter in parameters:
        parameter["Source"] = "user"
    update_parameters(self, parameters)


DBParameterGroup.update_parameters = update_parameters_of_a_user

# --- Budgets: who is notified, and tags ---

tags_by_arn = {}
create_budget = BudgetsResponse.create_budget


def create_budget_with_tags(self):
    answer = create_budget(self)
    name = self._get_param("Budget")["BudgetName"]
    arn = f"arn:aws:budgets::{self._get_param('AccountId')}:budget/{name}"
    tags_by_arn[arn] = self._get_param("ResourceTags") or []
    return answer


def list_tags_for_resource(self):
    return json.dumps({"ResourceTags": tags_by_arn.get(self._get_param("ResourceARN"), [])})


def describe_subscribers_for_notification(self):
    budget = self.backend.budgets[self._get_param("AccountId")][self._get_param("BudgetName")]
    wanted = self._get_param("Notification")
    keys = ("ComparisonOperator", "NotificationType", "Threshold")
    for notification in budget.notifications:
        if all(notification.details.get(key) == wanted.get(key) for key in keys):
            return json.dumps({"Subscribers": notification.subscribers})
    return json.dumps({"Subscribers": []})


BudgetsResponse.create_budget = create_budget_with_tags
BudgetsResponse.list_tags_for_resource = list_tags_for_resource
BudgetsResponse.describe_subscribers_for_notification = describe_subscribers_for_notification

# --- SES: tags that an identity is created with ---

create_email_identity = SESV2Backend.create_email_identity


def create_email_identity_with_tags(self, email_identity, tags, *rest, **more):
    identity = create_email_identity(self, email_identity, tags, *rest, **more)
    arn = f"arn:aws:ses:{self.region_name}:{self.account_id}:identity/{email_identity}"
    self.core_backend.tagger.tag_resource(arn, tags or [])
    return identity


SESV2Backend.create_email_identity = create_email_identity_with_tags

# --- SES: the tokens of the DNS records that prove a domain ---

init_identity = EmailIdentity.__init__


def init_identity_with_tokens(self, *arguments, **more):
    init_identity(self, *arguments, **more)
    if self.identity_type == "DOMAIN":
        self.dkim_attributes["Tokens"] = ["one", "two", "three"]


EmailIdentity.__init__ = init_identity_with_tokens
