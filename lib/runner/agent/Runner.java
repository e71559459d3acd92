/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs one program and dies with it. What the program does to this JVM changes nothing
 * but its own verdict: exit code, signals, times and output are seen from outside. There
 * is no lambda here: the first one costs a tenth of a JVM's start.
 */
final class Runner implements Frame.Visitor, Thread.UncaughtExceptionHandler {
	private final OutputStream out;
	private final JobLoader loader = new JobLoader();
	private final List<String> publicTypes = new ArrayList<>();
	private final List<String> types = new ArrayList<>();
	private final List<String> args = new ArrayList<>();
	private int returnMax;

	private Runner(OutputStream out) {
		this.out = out;
	}

	static void serve(InputStream in, OutputStream out) throws Throwable {
		Runner runner = new Runner(out);
		int type;

		preload();
		ready(out);
		while ((type = Frame.read(in, runner)) == Frame.REHEARSE) {
			rehearse();
			ready(out);
		}
		if (type != Frame.RUN)
			return;
		Thread.currentThread().setContextClassLoader(runner.loader);
		runner.run();
	}

	private static void ready(OutputStream out) throws IOException {
		new Frame(Frame.READY).put(Frame.NAME, System.getProperty("java.version")).send(out);
	}

	/** Load what most jobs need, while nobody waits. */
	private static void rehearse() throws IOException {
		Runner runner = new Runner(OutputStream.nullOutputStream());
		byte[] name = "jsl.agent.Rehearsal".getBytes(StandardCharsets.UTF_8);
		byte[] code;
		byte[] field;

		try (InputStream in = Runner.class.getResourceAsStream("Rehearsal.class")) {
			code = in.readAllBytes();
		}
		field = new byte[2 + name.length + code.length];
		field[1] = (byte)name.length;
		System.arraycopy(name, 0, field, 2, name.length);
		System.arraycopy(code, 0, field, 2 + name.length, code.length);
		runner.field(Frame.CLASS, field);
		runner.field(Frame.RETURN_MAX, new byte[4]);
		try {
			Entry entry = Entry.of(runner.load(new String(name, StandardCharsets.UTF_8)));

			runner.report(Frame.ENTERED, Frame.ENTRY, entry.kind);
			entry.method.invoke(null, (Object)new String[0]);
		} catch (ReflectiveOperationException e) {
			throw new IOException(e);
		}
	}

	/** Files load a library that tries sockets: not to be a program's denied call. */
	private static void preload() {
		try {
			Class.forName("sun.nio.ch.IOUtil");
		} catch (ClassNotFoundException | LinkageError e) {
			/* another JDK: it is only listed then */
		}
	}

	@Override
	public void field(int tag, byte[] value) {
		switch (tag) {
		case Frame.CLASS:
			loader.add(value);
			break;
		case Frame.TYPE:
			String name = new String(value, 1, value.length - 1, StandardCharsets.UTF_8);

			(value[0] != 0 ? publicTypes : types).add(name);
			break;
		case Frame.ARG:
			args.add(new String(value, StandardCharsets.UTF_8));
			break;
		case Frame.RETURN_MAX:
			returnMax = (value[0] & 255) << 24 | (value[1] & 255) << 16 |
				(value[2] & 255) << 8 | value[3] & 255;
			break;
		default:
			break;
		}
	}

	private Class<?> load(String name) throws ClassNotFoundException {
		return Class.forName(name, false, loader);
	}

	private void run() throws Throwable {
		Entry entry;

		publicTypes.addAll(types);
		try {
			entry = find();
		} catch (Throwable e) {
			report(Frame.ENTERED, Frame.ENTRY, Entry.NONE);
			failed(e);
			return;
		}
		if (entry == null)
			refuse();
		else if (entry.kind == Entry.MAIN)
			runMain(entry);
		else
			runRun(entry);
	}

	private Entry find() throws ClassNotFoundException {
		for (String name : publicTypes) {
			Entry entry = Entry.of(load(name));

			if (entry != null)
				return entry;
		}
		return null;
	}

	/** Nothing can be run: say why, of the type that comes nearest. */
	private void refuse() throws Throwable {
		Class<?> first = load(publicTypes.get(0));

		report(Frame.ENTERED, Frame.ENTRY, Entry.NONE);
		for (String name : publicTypes) {
			String bad = Entry.badReturnType(load(name));

			if (bad != null) {
				end(new Frame(Frame.ENDED).put(Frame.OUTCOME, Frame.RUN_BAD_TYPE)
					.put(Frame.NAME, bad));
				return;
			}
		}
		end(new Frame(Frame.ENDED).put(Frame.OUTCOME, Frame.RUN_NO_ENTRY)
			.put(Frame.TEXT, Traces.text(Entry.whyNot(first))));
	}

	/** The JVM ends when it would after this main: daemon threads aside, not before. */
	private void runMain(Entry entry) throws Throwable {
		report(Frame.ENTERED, Frame.ENTRY, Entry.MAIN);
		try {
			entry.method.invoke(null, (Object)args.toArray(new String[0]));
		} catch (InvocationTargetException | LinkageError e) { /* or its class cannot start */
			Thread main = Thread.currentThread();
			Throwable thrown = unwrap(e);

			new Frame(Frame.ENDED).put(Frame.OUTCOME, Outcome.of(thrown)).send(out);
			Traces.trim(thrown);
			main.getUncaughtExceptionHandler().uncaughtException(main, thrown);
			main.setUncaughtExceptionHandler(this);
			throw thrown;
		}
	}

	/** What main() threw is thrown on in silence: the launcher then exits with 1. */
	@Override
	public void uncaughtException(Thread thread, Throwable again) {
	}

	/** A job of this kind ends when run() returns, whatever other threads do. */
	private void runRun(Entry entry) throws IOException {
		Object target = null;

		report(Frame.ENTERED, Frame.ENTRY, entry.kind);
		try {
			if (entry.constructor != null)
				target = entry.constructor.newInstance();
		} catch (Throwable e) {
			failed(unwrap(e));
			return;
		}
		try {
			returned(entry, entry.method.invoke(target));
		} catch (Throwable e) {
			Throwable thrown = unwrap(e);

			if (entry.kind == Entry.RUN_STRING || Outcome.isLimit(thrown))
				failed(thrown);
			else
				printed(thrown);
		}
	}

	private void returned(Entry entry, Object value) throws IOException {
		Frame frame = new Frame(Frame.ENDED);

		if (entry.kind == Entry.RUN_STRING) {
			byte[] bytes = String.valueOf(value).getBytes(StandardCharsets.UTF_8);

			if (bytes.length > returnMax) {
				end(frame.put(Frame.OUTCOME, Frame.RUN_TOO_LONG));
				return;
			}
			frame.put(Frame.RETURNED, bytes);
		}
		end(frame.put(Frame.OUTCOME, Frame.RUN_RETURNED));
	}

	/** What a void run() throws belongs to its standard error. */
	private void printed(Throwable thrown) throws IOException {
		System.err.flush();
		new PrintStream(new FileOutputStream(FileDescriptor.err), true)
			.print(Traces.text(thrown));
		end(new Frame(Frame.ENDED).put(Frame.OUTCOME, Frame.RUN_RETURNED));
	}

	private void failed(Throwable thrown) throws IOException {
		end(new Frame(Frame.ENDED).put(Frame.OUTCOME, Outcome.of(thrown))
			.put(Frame.TEXT, Traces.text(thrown)));
	}

	private static Throwable unwrap(Throwable e) {
		return e instanceof InvocationTargetException ? e.getCause() : e;
	}

	private void report(int type, int tag, int value) throws IOException {
		new Frame(type).put(tag, value).send(out);
	}

	private void end(Frame frame) throws IOException {
		System.out.flush();
		System.err.flush();
		frame.send(out);
		Runtime.getRuntime().halt(0);
	}
}
