"""Asks a SCIM server what scim2-tester asks: scim_judge.py BASE_URL CA_FILE TOKEN. One line for each check that fails,
then `N passed, N failed`."""
import sys
import warnings

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

base, ca, token = sys.argv[1:]
warnings.simplefilter("ignore")
http = Client(base_url=base, verify=ca, headers={"Authorization": "Bearer " + token}, timeout=60)
passed = failed = 0
for result in check_server(SyncSCIMClient(http)):
    if result.status in (Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE):
        passed += 1
    elif result.status == Status.SKIPPED:
        print("left out:", result.title, result.reason)
    else:
        failed += 1
        print("FAILED ", result.resource_type or "", result.title, result.reason)
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
