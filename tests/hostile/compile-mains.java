// SPDX-License-Identifier: BSD-2-Clause
// Several mains: the first one counts.
// status: ok
// output: first

class A {
	public static void main(String[] args) { System.out.print("first"); }
}
class B {
	public static void main(String[] args) { System.out.print("second"); }
}
