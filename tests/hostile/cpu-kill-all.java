// SPDX-License-Identifier: BSD-2-Clause
// Kills every process that it sees: its keeper stands.
// status: ok
// output: alone

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		ProcessHandle.allProcesses().filter(p -> p.pid() != ProcessHandle.current().pid())
			.forEach(ProcessHandle::destroyForcibly);
		Thread.sleep(50);
		System.out.print("alone");
	}
}
