"""How anyone's client is led to an embedded cloud: what to export, and the line that builds it. Cheap to import."""

from msgspec import Struct

from warroom.drill.scenario.directory import Cast, secrets, url
from warroom.drill.wire.addresses import Addresses


class Sdk(Struct, frozen=True):
    """One client: the package it is in, what it is for, the variables that its `code` reads, and that code.

    The code binds `client`; its imports stand in it.
    """

    package: str
    language: str
    system: str
    environment: dict[str, str]
    code: str


def sdks(addresses: Addresses, cast: Cast | None = None) -> tuple[Sdk, ...]:
    """All of them, for the cloud at these addresses; `cast` is what its systems know things by."""
    http, tokens = addresses.http, secrets(addresses.token)
    rest = {"CLOUD_RUN_API_URL": f"http://{http}/"}
    chat = {"SLACK_BOT_TOKEN": tokens["slack"], "SLACK_API_URL": url(http, "slack") + "/"}
    code_host = {"GITHUB_TOKEN": tokens["github"], "GITHUB_API_URL": url(http, "github")}
    pager = {"PAGERDUTY_TOKEN": tokens["pagerduty"], "PAGERDUTY_API_URL": url(http, "pagerduty")}
    events = {
        "PAGERDUTY_ROUTING_KEY": tokens["pagerduty-events"],
        "PAGERDUTY_EVENTS_URL": url(http, "pagerduty-events"),
    }
    flags = {"LAUNCHDARKLY_TOKEN": tokens["launchdarkly"], "LAUNCHDARKLY_API_URL": url(http, "launchdarkly")}
    database = {"CLOUD_SQL_TOKEN": tokens["cloud-sql"], "CLOUD_SQL_API_URL": url(http, "cloud-sql") + "/"}
    page = {"STATUSPAGE_TOKEN": tokens["statuspage"], "STATUSPAGE_API_URL": url(http, "statuspage")}
    page["STATUSPAGE_PAGE"] = (cast or Cast()).ids.get("statuspage.page", "") or "page"
    port = http.rpartition(":")[2]
    gcloud = {
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN": f"http://run.localhost:{port}/",
        "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
    }
    return (
        Sdk("google-cloud-run", "python", "Cloud Run", {"CLOUD_RUN_EMULATOR_HOST": addresses.run}, _RUN),
        Sdk(
            "google-cloud-monitoring",
            "python",
            "Cloud Monitoring",
            {"CLOUD_MONITORING_EMULATOR_HOST": addresses.monitoring},
            _MONITORING,
        ),
        Sdk("google-api-python-client", "python", "Cloud Run over HTTP", rest, _DISCOVERED),
        Sdk("gcloud", "shell", "Cloud Run over HTTP", gcloud, "gcloud run services list"),
        Sdk("google-api-python-client", "python", "Cloud SQL", database, _SQL),
        Sdk("slack-sdk", "python", "Slack", chat, _SLACK),
        Sdk("pygithub", "python", "GitHub", code_host, _GITHUB),
        Sdk("pagerduty", "python", "PagerDuty", pager, _PAGER),
        Sdk("pagerduty", "python", "PagerDuty events", events, _EVENTS),
        Sdk("launchdarkly-api", "python", "LaunchDarkly", flags, _FLAGS),
        Sdk("curl", "shell", "Statuspage", page, _PAGE),
        Sdk("@slack/web-api", "node", "Slack", chat, _NODE_SLACK),
        Sdk("@octokit/rest", "node", "GitHub", code_host, _NODE_GITHUB),
        Sdk("@google-cloud/run", "node", "Cloud Run", {"CLOUD_RUN_EMULATOR_HOST": addresses.run}, _NODE_RUN),
        Sdk(
            "@google-cloud/monitoring",
            "node",
            "Cloud Monitoring",
            {"CLOUD_MONITORING_EMULATOR_HOST": addresses.monitoring},
            _NODE_MONITORING,
        ),
    )


_RUN = """\
import os, grpc
from google.cloud import run_v2
from google.cloud.run_v2.services.services.transports import ServicesGrpcTransport
channel = grpc.insecure_channel(os.environ["CLOUD_RUN_EMULATOR_HOST"])
client = run_v2.ServicesClient(transport=ServicesGrpcTransport(channel=channel))"""

_MONITORING = """\
import os, grpc
from google.cloud import monitoring_v3
from google.cloud.monitoring_v3.services.metric_service.transports import MetricServiceGrpcTransport
channel = grpc.insecure_channel(os.environ["CLOUD_MONITORING_EMULATOR_HOST"])
client = monitoring_v3.MetricServiceClient(transport=MetricServiceGrpcTransport(channel=channel))"""

_DISCOVERED = """\
import os
from google.auth.credentials import AnonymousCredentials
from googleapiclient.discovery import build
options = {"api_endpoint": os.environ["CLOUD_RUN_API_URL"]}
client = build("run", "v2", credentials=AnonymousCredentials(), client_options=options, static_discovery=True)"""

_SQL = """\
import os
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
options = {"api_endpoint": os.environ["CLOUD_SQL_API_URL"]}
credentials = Credentials(os.environ["CLOUD_SQL_TOKEN"])
client = build("sqladmin", "v1", credentials=credentials, client_options=options, static_discovery=True)"""

_SLACK = """\
import os
from slack_sdk import WebClient
client = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])"""

_GITHUB = """\
import os
from github import Auth, Github
client = Github(auth=Auth.Token(os.environ["GITHUB_TOKEN"]), base_url=os.environ["GITHUB_API_URL"])"""

_PAGER = """\
import os
from pagerduty import RestApiV2Client
Emulated = type("Emulated", (RestApiV2Client,), {"url": ""})  # this client's own url takes https:// alone
client = Emulated(os.environ["PAGERDUTY_TOKEN"], "someone@example.com", base_url=os.environ["PAGERDUTY_API_URL"])"""

_EVENTS = """\
import os
from pagerduty import EventsApiV2Client
Emulated = type("Emulated", (EventsApiV2Client,), {"url": ""})  # this client's own url takes https:// alone
client = Emulated(os.environ["PAGERDUTY_ROUTING_KEY"], base_url=os.environ["PAGERDUTY_EVENTS_URL"])"""

_FLAGS = """\
import os, launchdarkly_api
token = {"ApiKey": os.environ["LAUNCHDARKLY_TOKEN"]}
settings = launchdarkly_api.Configuration(os.environ["LAUNCHDARKLY_API_URL"], api_key=token)
client = launchdarkly_api.ApiClient(settings)"""

_PAGE = """\
curl -H "Authorization: OAuth $STATUSPAGE_TOKEN" "$STATUSPAGE_API_URL/pages/$STATUSPAGE_PAGE\""""

_NODE_SLACK = """\
const { WebClient } = require("@slack/web-api");
const client = new WebClient(process.env.SLACK_BOT_TOKEN, { slackApiUrl: process.env.SLACK_API_URL });"""

_NODE_GITHUB = """\
const { Octokit } = require("@octokit/rest");
const client = new Octokit({ auth: process.env.GITHUB_TOKEN, baseUrl: process.env.GITHUB_API_URL });"""

_NODE_RUN = """\
const { ServicesClient } = require("@google-cloud/run").v2;
const { credentials } = require("@grpc/grpc-js");
const [apiEndpoint, port] = process.env.CLOUD_RUN_EMULATOR_HOST.split(":");
const client = new ServicesClient({ apiEndpoint, port, sslCreds: credentials.createInsecure() });"""

_NODE_MONITORING = """\
const { MetricServiceClient } = require("@google-cloud/monitoring").v3;
const { credentials } = require("@grpc/grpc-js");
const [apiEndpoint, port] = process.env.CLOUD_MONITORING_EMULATOR_HOST.split(":");
const client = new MetricServiceClient({ apiEndpoint, port, sslCreds: credentials.createInsecure() });"""
