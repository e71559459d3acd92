// SPDX-License-Identifier: BSD-2-Clause

// One member of a memberlist cluster, for members.py to start, kill and pause: the
// defaults for a LAN, on loopback. It prints the lines of bench/node:
//
//	US ID joined|failed OTHER
//
// memberlist says "leave" of who failed and of who left; nobody leaves here.
//
//	memberlist PORT N ID
//
// Member I of the cluster 1 to N is at 127.0.0.1, port PORT + I.
package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/hashicorp/memberlist"
)

const clockBoottime = 7

func nowUs() int64 {
	var ts syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockBoottime,
		uintptr(unsafe.Pointer(&ts)), 0)
	return ts.Sec*1000000 + ts.Nsec/1000
}

type printer struct {
	mutex sync.Mutex
	name  string
}

func (p *printer) say(what, other string) {
	if other == p.name {
		return
	}
	us := nowUs()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	fmt.Printf("%d %s %s %s\n", us, p.name, what, other)
}

func (p *printer) NotifyJoin(n *memberlist.Node)   { p.say("joined", n.Name) }
func (p *printer) NotifyLeave(n *memberlist.Node)  { p.say("failed", n.Name) }
func (p *printer) NotifyUpdate(n *memberlist.Node) {}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		fmt.Fprintln(os.Stderr, "usage: memberlist PORT N ID")
		os.Exit(2)
	}
	return n
}

func main() {
	if len(os.Args) != 4 {
		number("")
	}
	port, n, id := number(os.Args[1]), number(os.Args[2]), number(os.Args[3])
	config := memberlist.DefaultLANConfig()
	config.Name = strconv.Itoa(id)
	config.BindAddr, config.AdvertiseAddr = "127.0.0.1", "127.0.0.1"
	config.BindPort, config.AdvertisePort = port+id, port+id
	config.Events = &printer{name: config.Name}
	config.LogOutput = io.Discard
	list, err := memberlist.Create(config)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// Through a few others, as a configuration would have it.
	var seeds []string
	for i := 1; i <= n && len(seeds) < 5; i++ {
		if i != id {
			seeds = append(seeds, fmt.Sprintf("127.0.0.1:%d", port+i))
		}
	}
	for {
		if joined, _ := list.Join(seeds); joined > 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	select {}
}
