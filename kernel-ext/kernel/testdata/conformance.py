"""What Jupyter's own suite and its client find in the kernel "boathouse"; prints one JSON document."""

import json
import os
import sys
import unittest

import jupyter_kernel_test
from jupyter_client.manager import start_new_kernel

KERNEL = "boathouse"
TIMEOUT = 60
jupyter_kernel_test.TIMEOUT = TIMEOUT


class Suite(jupyter_kernel_test.KernelTests):
    kernel_name = KERNEL
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = 'console.log("hello, world")'
    code_stderr = 'console.error("oh")'
    completion_samples = [
        {"text": "Math.cb", "matches": {"cbrt"}},
        {"text": "const boat = 1;\nboat.toFix", "matches": {"toFixed"}},
        {"text": "/* 🚣 */ Number.isSafe", "matches": {"isSafeInteger"}},
    ]
    complete_code_samples = ["1 + 1", "const a = `x\ny`;", "for (const a of [1]) {\n  a;\n}", "await 1", "// only words", ""]
    incomplete_code_samples = ["function late() {", "[1, 2", "const a = `x", "if (1 < 2) {\n  3;", "({ a:"]
    invalid_code_samples = ["const = 3", "1 +* 2", "let let = 1)"]
    code_generate_error = 'throw new RangeError("too late")'
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "[1, 2].map((n) => n * 2)", "result": "[ 2, 4 ]"},
        {"code": "const unit: string = 'minutes'; unit", "result": '"minutes"'},
        {"code": "await Promise.resolve(10n)", "result": "10n"},
        {"code": "null", "result": "null"},
        {"code": "Deno.jupyter.html`<b>late</b>`", "mime": "text/html", "result": "<b>late</b>"},
    ]
    code_display_data = [
        {"code": "await Deno.jupyter.display(Deno.jupyter.md`# Late`)", "mime": "text/markdown"},
        {"code": "await Deno.jupyter.display(Deno.jupyter.svg`<svg/>`)", "mime": "image/svg+xml"},
        {"code": 'await Deno.jupyter.display({ "text/plain": "late" }, { raw: true })', "mime": "text/plain"},
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "6 ? 7*"
    code_inspect_sample = "parseFloat"
    code_clear_output = 'await Deno.jupyter.broadcast("clear_output", { wait: false })'


class Welcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = KERNEL
    support_iopub_welcome = True


class Client(unittest.TestCase):
    """What the suite does not ask, by jupyter_client."""

    @classmethod
    def setUpClass(cls):
        cls.manager, cls.client = start_new_kernel(kernel_name=KERNEL, startup_timeout=TIMEOUT)

    @classmethod
    def tearDownClass(cls):
        cls.client.stop_channels()
        cls.manager.shutdown_kernel()

    def run_cell(self, code, **options):
        outputs = []
        reply = self.client.execute_interactive(code, output_hook=outputs.append, timeout=TIMEOUT, **options)
        return reply["content"], [(o["msg_type"], o["content"]) for o in outputs if o["msg_type"] not in ("status", "execute_input")]

    def value_of(self, code):
        reply, outputs = self.run_cell(code)
        self.assertEqual(reply["status"], "ok", reply)
        return outputs[-1][1]["data"]["text/plain"]

    def test_stdin(self):
        asked = []

        def answer(message):
            asked.append(message["content"])
            self.client.input("Zürich 🚣")

        _, outputs = self.run_cell('prompt("where?")', allow_stdin=True, stdin_hook=answer)
        self.assertEqual(asked, [{"prompt": "where? ", "password": False}])
        self.assertEqual(outputs[-1][1]["data"]["text/plain"], '"Zürich 🚣"')
        reply, _ = self.run_cell('prompt("where?")', allow_stdin=False)
        self.assertEqual(reply["status"], "error")
        self.assertIn("allow input", reply["evalue"])

    def test_errors(self):
        reply, outputs = self.run_cell('const late = 3;\nfunction fail() {\n  throw new RangeError("too late");\n}\nfail();')
        self.assertEqual((reply["ename"], reply["evalue"]), ("RangeError", "too late"))
        self.assertIn("3", "\n".join(reply["traceback"]))
        self.assertEqual([kind for kind, _ in outputs], ["error"])
        reply, outputs = self.run_cell("const a = ;")
        self.assertEqual(reply["ename"], "SyntaxError")
        self.assertIn("expected", reply["evalue"])
        _, outputs = self.run_cell('void Promise.reject(new Error("nobody waits"));')
        self.assertIn("nobody waits", json.dumps(outputs))

    def test_stop_on_error(self):
        for stop, then in ((True, "aborted"), (False, "ok")):
            ids = [self.client.execute(code, stop_on_error=stop) for code in ("throw 1", "1", "2")]
            replies = [self.client.get_shell_msg(timeout=TIMEOUT) for _ in ids]
            self.assertEqual([r["parent_header"]["msg_id"] for r in replies], ids)
            self.assertEqual([r["content"]["status"] for r in replies], ["error", then, then])
            self.drain()
        self.assertEqual(self.value_of("40 + 2"), "42")

    def drain(self):
        self.client.kernel_info(reply=True, timeout=TIMEOUT)
        while self.client.iopub_channel.msg_ready():
            self.client.get_iopub_msg(timeout=1)

    def test_silent_and_expressions(self):
        count = int(self.run_cell("1")[0]["execution_count"])
        reply, outputs = self.run_cell("const quiet = 5; quiet", silent=True)
        self.assertEqual((reply["execution_count"], outputs), (count, []))
        reply, _ = self.run_cell("2", user_expressions={"double": "quiet * 2", "wrong": "quiet.no.where"})
        self.assertEqual(reply["execution_count"], count + 1)
        self.assertEqual(reply["user_expressions"]["double"]["data"]["text/plain"], "10")
        self.assertEqual(reply["user_expressions"]["wrong"]["ename"], "TypeError")

    def test_display_is_updated_in_place(self):
        _, outputs = self.run_cell(
            'await Deno.jupyter.display({ "text/plain": "0 %" }, { raw: true, display_id: "p" });\n'
            'await Deno.jupyter.display({ "text/plain": "100 %" }, { raw: true, display_id: "p", update: true });'
        )
        self.assertEqual([kind for kind, _ in outputs], ["display_data", "update_display_data"])
        self.assertEqual([content["transient"]["display_id"] for _, content in outputs], ["p", "p"])

    def test_types_cross_cells(self):
        self.run_cell("/** Minutes behind the timetable. */\nconst lateness: { delay: number }[] = [{ delay: 3 }];")
        code = "/* 🚣 */ lateness.at(0)?.de"
        found = self.client.complete(code, reply=True, timeout=TIMEOUT)["content"]
        self.assertEqual(found["matches"], ["delay"])
        self.assertEqual(code[found["cursor_start"]:found["cursor_end"]], "de")
        self.assertEqual(found["metadata"]["_jupyter_types_experimental"][0]["type"], "property")
        told = self.client.inspect("lateness", reply=True, timeout=TIMEOUT)["content"]
        self.assertIn("Minutes behind the timetable.", told["data"]["text/markdown"])
        self.assertIn("delay: number", told["data"]["text/plain"])
        self.assertEqual(self.client.inspect("nowhere", reply=True, timeout=TIMEOUT)["content"]["found"], False)

    def test_interrupt_keeps_state(self):
        self.run_cell("let kept = 41;")
        endless = {
            "loop": "for (;;) kept = 42;",
            "await": "await new Promise(() => {});",
            "microtasks": "while (true) await 0;",
            "log": 'for (let n = 0;; n++) if (n % 1000 === 0) console.log(n);',
            "regex": '/^(a+)+$/.test("a".repeat(40) + "b");',
        }
        for name, code in endless.items():
            with self.subTest(name):
                self.client.execute(f'console.log("under way");\n{code}')
                while self.client.get_iopub_msg(timeout=TIMEOUT)["msg_type"] != "stream":
                    pass
                self.manager.interrupt_kernel()
                reply = self.client.get_shell_msg(timeout=TIMEOUT)["content"]
                self.assertEqual(reply["status"], "error")
                self.drain()
                self.assertEqual(self.value_of("kept"), "42")

    def test_late_output_names_its_cell(self):
        self.client.execute('setTimeout(() => console.log("late"), 300);')
        first = self.client.get_shell_msg(timeout=TIMEOUT)["parent_header"]["msg_id"]
        self.assertEqual(self.value_of("1"), "1")
        while (message := self.client.get_iopub_msg(timeout=TIMEOUT))["msg_type"] != "stream":
            pass
        self.assertEqual((message["content"]["text"], message["parent_header"]["msg_id"]), ("late\n", first))

    def test_second_client(self):
        other = self.manager.client()
        other.start_channels()
        try:
            other.wait_for_ready(timeout=TIMEOUT)
            self.run_cell("var shared = 7;")
            content = other.execute_interactive("shared", output_hook=lambda _: None, timeout=TIMEOUT)["content"]
            self.assertEqual(content["status"], "ok")
        finally:
            other.stop_channels()
        self.drain()

    def test_exit_and_restart(self):
        self.run_cell("var before = 1;")
        reply, _ = self.run_cell("Deno.exit(3)")
        self.assertEqual(reply["status"], "error")
        self.assertIn("3", reply["evalue"])
        self.assertEqual(self.value_of("typeof before"), '"undefined"')
        self.run_cell("var before = 1;")
        self.manager.restart_kernel(now=False)
        self.client.wait_for_ready(timeout=TIMEOUT)
        self.assertEqual(self.value_of("typeof before"), '"undefined"')


class Processes(unittest.TestCase):
    """Nothing outlives a kernel, however it ends."""

    def below(self, pid):
        parents = {}
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/stat") as stat:
                    parents[int(entry)] = int(stat.read().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                pass
        found, grown = {pid}, True
        while grown:
            more = {p for p, parent in parents.items() if parent in found} - found
            found |= more
            grown = bool(more)
        return found

    def wait_until_gone(self, pids):
        import time

        deadline = time.time() + TIMEOUT
        while left := {pid for pid in pids if alive(pid)}:
            self.assertLess(time.time(), deadline, f"still there: {left}")
            time.sleep(0.05)

    def test_shutdown(self):
        manager, client = start_new_kernel(kernel_name=KERNEL, startup_timeout=TIMEOUT)
        client.execute_interactive("for (const n of [1]) n;", output_hook=lambda _: None, timeout=TIMEOUT)
        pids = self.below(manager.provisioner.pid)
        self.assertGreaterEqual(len(pids), 2)
        client.stop_channels()
        manager.shutdown_kernel()
        self.wait_until_gone(pids)

    def test_killed(self):
        manager, client = start_new_kernel(kernel_name=KERNEL, startup_timeout=TIMEOUT)
        client.execute("for (;;);")
        pids = self.below(manager.provisioner.pid)
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        self.wait_until_gone(pids)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Result(unittest.TextTestResult):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.passed = []

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed.append(test.id())


program = unittest.TextTestRunner(stream=sys.stderr, resultclass=Result, verbosity=2).run(
    unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    if not sys.argv[1:]
    else unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:], sys.modules[__name__])
)
print(json.dumps({
    "passed": program.passed,
    "skipped": [[test.id(), reason] for test, reason in program.skipped],
    "failed": [[test.id(), text[-3000:]] for test, text in program.failures + program.errors],
}))
