/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
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
		String mode = args.length > 0 ? args[0] : "";
		InputStream in = new FileInputStream(FileDescriptor.in);

		if (mode.equals("run"))
			Runner.serve(in, report());
		else if (mode.equals("compile"))
			new Compiler(in, report()).serve();
		else if (mode.equals("archive"))
			Archiver.serve(args[1], report());
		else if (mode.equals("rehearse"))
			rehearse(args[1], in);
		else
			System.exit(2);
	}

	private static OutputStream report() throws IOException {
		return new FileOutputStream("/proc/self/fd/3", true);
	}

	/** What is to be in an archive. Both end with their input, which holds no job. */
	private static void rehearse(String mode, InputStream in) throws Throwable {
		OutputStream out = OutputStream.nullOutputStream();

		if (mode.equals("compile"))
			new Compiler(in, out).serve();
		else
			Runner.serve(in, out);
	}
}
