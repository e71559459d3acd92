// SPDX-License-Identifier: BSD-2-Clause
// A datagram.
// status: security
// message: Denied system call: socket

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		new java.net.DatagramSocket().close();
	}
}
