// SPDX-License-Identifier: BSD-2-Clause
// The same, from run().
// status: exception
// message: Could not create and run instance of class

public class Main {
	public String run() throws Exception {
		Exception a = new Exception("a"), b = new Exception("b", a);

		a.initCause(b);
		throw a;
	}
}
