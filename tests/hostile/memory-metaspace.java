// SPDX-License-Identifier: BSD-2-Clause
// Classes without end.
// status: memory_limit
// message: Memory limit exceeded: 16 MB
// limits: memory_mb=16

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		List<Class<?>> all = new ArrayList<>();
		byte[] code;
		try (InputStream in = ClassLoader.getSystemResourceAsStream("jsl/agent/Rehearsal.class")) {
			code = in.readAllBytes();
		}
		class L extends ClassLoader {
			Class<?> make() { return defineClass(null, code, 0, code.length); }
		}
		while (true)
			all.add(new L().make());
	}
}
