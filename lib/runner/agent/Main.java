/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * The runner's side inside the JVM. Requests come on standard input, answers go to file
 * descriptor 3, a pipe that is opened anew through /proc because Java has no other way
 * to name a descriptor. Standard output and error belong to the submitted program.
 */
public final class Main {
	private Main() {
	}

	public static void main(String[] args) throws Throwable {
		InputStream in = new FileInputStream(FileDescriptor.in);
		OutputStream out = new FileOutputStream("/proc/self/fd/3", true);

		if (args.length == 1 && args[0].equals("compile"))
			new Compiler(in, out).serve();
		else if (args.length == 1 && args[0].equals("run"))
			Runner.serve(in, out);
		else
			System.exit(2);
	}
}
