// SPDX-License-Identifier: BSD-2-Clause
// Leaves before run() returns, with success.
// status: nonzero_exit
// message: Exited with code 0

public class Main {
	public String run() {
		Runtime.getRuntime().halt(0);
		return "never";
	}
}
