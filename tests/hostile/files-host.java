// SPDX-License-Identifier: BSD-2-Clause
// Nothing of the host is there to read.
// status: ok
// output: nothing

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		for (String p : new String[] {"/etc/passwd", "/etc/shadow", "/etc/hostname", "/root", "/home",
				"/var", "/sys", "/run", "/boot", "/bin/sh", "/proc/1/environ", "/proc/1/maps",
				"/proc/1/mem", "/proc/1/root/etc", "/proc/1/cwd/x", "/proc/kcore",
				"/proc/self/root/etc/passwd"})
			try (InputStream in = new FileInputStream(p)) {
				System.out.println(p + " " + in.read());
			} catch (IOException e) {
				/* as it has to be */
			}
		System.out.print("nothing");
	}
}
