// SPDX-License-Identifier: BSD-2-Clause
// run() returns more than anybody wants.
// status: output_limit
// message: Output limit exceeded: 1024 KB

public class Main {
	public String run() { return "x".repeat(100 << 20); }
}
