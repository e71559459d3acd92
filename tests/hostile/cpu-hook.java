// SPDX-License-Identifier: BSD-2-Clause
// An endless shutdown hook.
// status: time_limit
// message: Wall time limit exceeded: 500 ms
// limits: wall_ms=500

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		Runtime.getRuntime().addShutdownHook(new Thread(() -> { while (true); }));
	}
}
