"""The operator of hack/bench in Python. WORKERS is how many passes are made at a time.

It listens to events and keeps kopf's indexes as its cache. The handlers that kopf repeats by itself, on.create and
on.update, would write an annotation to each Widget, which is one write more than the work needs.
"""

import asyncio
import base64
import datetime
import logging
import os
import ssl
import tempfile

import aiohttp
import kopf

GROUP, VERSION, PLURAL = "bench.modelkeeper.dev", "v1", "widgets"
MANAGED_BY = {"app.kubernetes.io/managed-by": "kopf"}
APPLY = {"fieldManager": "kopf", "force": "true"}

log = logging.getLogger(__name__)


class Operator:
    """What lives as long as the event loop."""

    def __init__(self, session):
        self.session = session
        self.free = asyncio.Semaphore(int(os.environ.get("WORKERS", "16")))
        self.active = set()
        self.again = set()
        self.generations = {}
        # By uid, because the cache may not know yet what was written last.
        self.statuses = {}

    async def patch(self, path, content_type, body, **params):
        headers = {"Content-Type": content_type}
        async with self.session.patch(path, json=body, params=params, headers=headers) as response:
            if response.status >= 400:
                raise RuntimeError(f"PATCH {path}: {response.status}")
            return await response.json()


@kopf.on.startup()
async def start(settings, memo, logger, **_):
    settings.posting.enabled = False
    memo.operator = Operator(open_session(kopf.login_with_kubeconfig(settings=settings, logger=logger)))


@kopf.on.cleanup()
async def stop(memo, **_):
    await memo.operator.session.close()


def open_session(info):
    context = ssl.create_default_context(cadata=base64.b64decode(info.ca_data).decode())
    if info.certificate_data:
        with tempfile.NamedTemporaryFile() as pair:
            pair.write(base64.b64decode(info.certificate_data) + b"\n" + base64.b64decode(info.private_key_data))
            pair.flush()
            context.load_cert_chain(pair.name)
    headers = {"Authorization": f"Bearer {info.token}"} if info.token else {}
    connector = aiohttp.TCPConnector(ssl=context, keepalive_timeout=600)
    return aiohttp.ClientSession(info.server, connector=connector, headers=headers)


@kopf.index(GROUP, VERSION, PLURAL)
def widgets(namespace, name, body, **_):
    return {(namespace, name): body}


@kopf.index("apps", "v1", "deployments", labels=MANAGED_BY)
def deployments(namespace, name, body, **_):
    return {(namespace, name): body}


@kopf.index("", "v1", "services", labels=MANAGED_BY)
def services(namespace, name, body, **_):
    return {(namespace, name): body}


@kopf.on.event("", "v1", "services", field="metadata.name", value="kubernetes")
def synced(type, **_):
    """The API server's own Service is always there, and kopf calls handlers when all indexes are filled."""
    if type is None:
        print("synced", flush=True)


@kopf.on.event(GROUP, VERSION, PLURAL)
async def widget_changed(type, namespace, name, uid, meta, memo, **kwargs):
    """The status of a Widget is written here alone, so only another generation is news."""
    key = (namespace, name)
    generations = memo.operator.generations
    if type == "DELETED":
        generations.pop(key, None)
        memo.operator.statuses.pop(uid, None)
    elif generations.get(key) != meta["generation"]:
        generations[key] = meta["generation"]
        await changed(memo.operator, key, kwargs)


@kopf.on.event("apps", "v1", "deployments", labels=MANAGED_BY)
@kopf.on.event("", "v1", "services", labels=MANAGED_BY)
async def child_changed(type, namespace, name, memo, **kwargs):
    """The pass that makes a child has seen all there is to see of it."""
    if type in ("MODIFIED", "DELETED"):
        await changed(memo.operator, (namespace, name), kwargs)


async def changed(operator, key, caches):
    """One pass at a time over a Widget, one more when it changed meanwhile, and others later when one fails."""
    if key in operator.active:
        operator.again.add(key)
        return
    operator.active.add(key)
    operator.again.add(key)
    delay = 0.005
    try:
        while key in operator.again:
            operator.again.discard(key)
            try:
                async with operator.free:
                    await reconcile(operator, key, caches)
                delay = 0.005
            except (RuntimeError, aiohttp.ClientError, TimeoutError) as error:
                log.warning("%s/%s: %s", *key, error)
                operator.again.add(key)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 60)
    finally:
        operator.active.discard(key)


async def reconcile(operator, key, caches):
    namespace, name = key
    widget = cached(caches["widgets"], key)
    if widget is None or "deletionTimestamp" in widget["metadata"]:
        return
    deployment, _ = await asyncio.gather(
        apply(operator, cached(caches["deployments"], key), deployment_of(widget), f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"),
        apply(operator, cached(caches["services"], key), service_of(widget), f"/api/v1/namespaces/{namespace}/services/{name}"),
    )
    uid = widget["metadata"]["uid"]
    before = operator.statuses.get(uid) or widget.get("status", {})
    status = status_of(widget, deployment, before)
    if status != before:
        path = f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}/{PLURAL}/{name}/status"
        await operator.patch(path, "application/merge-patch+json", {"status": status})
        operator.statuses[uid] = status


def cached(index, key):
    return next(iter(index.get(key, ())), None)


async def apply(operator, live, wanted, path):
    """Writes what differs. What the API server has filled in makes no difference; in lists, apiVersion and kind are left out."""
    if live is not None and covers(live, {part: wanted[part] for part in ("metadata", "spec")}):
        return live
    return await operator.patch(path, "application/apply-patch+yaml", wanted, **APPLY)


def covers(live, wanted):
    if isinstance(wanted, dict):
        return all(field in live and covers(live[field], value) for field, value in wanted.items())
    if isinstance(wanted, list):
        return len(live) == len(wanted) and all(covers(*pair) for pair in zip(live, wanted))
    return live == wanted


def metadata_of(widget):
    name = widget["metadata"]["name"]
    owner = {
        "apiVersion": f"{GROUP}/{VERSION}", "kind": "Widget", "name": name, "uid": widget["metadata"]["uid"],
        "controller": True, "blockOwnerDeletion": True,
    }
    labels = {"app": name, **MANAGED_BY}
    return {"name": name, "namespace": widget["metadata"]["namespace"], "labels": labels, "ownerReferences": [owner]}


def deployment_of(widget):
    spec, metadata = widget["spec"], metadata_of(widget)
    labels = {"app": metadata["name"]}
    container = {"name": "server", "image": spec["image"], "ports": [{"containerPort": spec["port"], "protocol": "TCP"}]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
        "spec": {"replicas": spec["replicas"], "selector": {"matchLabels": labels}, "template": template},
    }


def service_of(widget):
    port, metadata = widget["spec"]["port"], metadata_of(widget)
    ports = [{"port": port, "protocol": "TCP", "targetPort": port}]
    return {
        "apiVersion": "v1", "kind": "Service", "metadata": metadata,
        "spec": {"clusterIP": "None", "selector": {"app": metadata["name"]}, "ports": ports},
    }


def status_of(widget, deployment, before):
    told, generation = deployment.get("status", {}), widget["metadata"]["generation"]
    ready_replicas = told.get("readyReplicas", 0)
    ready = told.get("observedGeneration") == deployment["metadata"]["generation"] and ready_replicas == widget["spec"]["replicas"]
    condition = {
        "type": "Ready", "status": "True" if ready else "False", "reason": "Available" if ready else "Progressing",
        "message": "" if ready else "its replicas are not ready yet", "observedGeneration": generation,
    }
    earlier = next((one for one in before.get("conditions", []) if one["type"] == "Ready"), None)
    same = earlier is not None and earlier["status"] == condition["status"]
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    condition["lastTransitionTime"] = earlier["lastTransitionTime"] if same else now
    return {"observedGeneration": generation, "readyReplicas": ready_replicas, "conditions": [condition]}
