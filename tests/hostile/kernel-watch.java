// SPDX-License-Identifier: BSD-2-Clause
// Watches files that others use, too.
// status: security
// message: Denied system call: inotify_init

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		FileSystems.getDefault().newWatchService().close();
	}
}
