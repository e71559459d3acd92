// SPDX-License-Identifier: BSD-2-Clause
// A class of java.lang.
// status: compile_error
// message: Code did not compile:

package java.lang;

public class String2 {
	public static void main(String[] args) { System.out.print("inside"); }
}
