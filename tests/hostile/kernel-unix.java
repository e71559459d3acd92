// SPDX-License-Identifier: BSD-2-Clause
// A socket of the file system.
// status: security
// message: Denied system call: socket

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		java.nio.channels.SocketChannel.open(java.net.StandardProtocolFamily.UNIX).close();
	}
}
