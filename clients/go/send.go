// Does what a plan says: puts exact octets on the wire.
//
// usage: send HOST PORT PLAN
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const cannot = 77

// An encoder makes the octets of a line from what stands behind its word.
type encoder func(rest string) ([]byte, error)

// The integers have a table of their own, because a frame looks its prefix up in it.
var integers = map[string]encoder{
	"u8":    unsigned(1, binary.BigEndian),
	"i8":    signed(1, binary.BigEndian),
	"u16be": unsigned(2, binary.BigEndian),
	"u16le": unsigned(2, binary.LittleEndian),
	"i16be": signed(2, binary.BigEndian),
	"i16le": signed(2, binary.LittleEndian),
	"u32be": unsigned(4, binary.BigEndian),
	"u32le": unsigned(4, binary.LittleEndian),
	"i32be": signed(4, binary.BigEndian),
	"i32le": signed(4, binary.LittleEndian),
	"u64be": unsigned(8, binary.BigEndian),
	"u64le": unsigned(8, binary.LittleEndian),
	"i64be": signed(8, binary.BigEndian),
	"i64le": signed(8, binary.LittleEndian),
	"uleb":  each(parseUnsigned, binary.AppendUvarint),
	"sleb":  each(parseSigned, appendSleb),
	// Go's Uvarint is plain LEB128, but its Varint is zigzag: there is none for sleb.
	"zigzag": each(parseSigned, binary.AppendVarint),
}

var encoders = map[string]encoder{
	"text":   text,
	"points": each(point, utf8.AppendRune),
	"bytes":  octets,
	"f32be":  floats(4, binary.BigEndian),
	"f32le":  floats(4, binary.LittleEndian),
	"f64be":  floats(8, binary.BigEndian),
	"f64le":  floats(8, binary.LittleEndian),
	"frame":  frame,
	"repeat": repeat,
	"ramp":   ramp,
	"noise":  noise,
}

var actions = map[string]bool{
	"pause": true, "half-close": true, "receive": true, "connect": true, "reset": true,
}

func find(word string) (encoder, bool) {
	if encode, ok := integers[word]; ok {
		return encode, true
	}
	encode, ok := encoders[word]
	return encode, ok
}

// A Go string is octets already, and those of the plan are UTF-8.
func text(rest string) ([]byte, error) {
	return []byte(rest), nil
}

func point(item string) (rune, error) {
	value, err := strconv.ParseUint(item, 16, 21)
	return rune(value), err
}

func octets(rest string) ([]byte, error) {
	return hex.DecodeString(strings.ReplaceAll(rest, " ", ""))
}

// each makes the octets of the items, one after the other.
func each[N any](parse func(string) (N, error), add func([]byte, N) []byte) encoder {
	return func(rest string) ([]byte, error) {
		var made []byte
		for _, item := range strings.Split(rest, " ") {
			value, err := parse(item)
			if err != nil {
				return nil, err
			}
			made = add(made, value)
		}
		return made, nil
	}
}

func parseUnsigned(item string) (uint64, error) {
	return strconv.ParseUint(item, 10, 64)
}

func parseSigned(item string) (int64, error) {
	return strconv.ParseInt(item, 10, 64)
}

func unsigned(width int, order binary.ByteOrder) encoder {
	return each(parseUnsigned, func(made []byte, value uint64) []byte {
		return appendFixed(made, value, width, order)
	})
}

func signed(width int, order binary.ByteOrder) encoder {
	return each(parseSigned, func(made []byte, value int64) []byte {
		return appendFixed(made, uint64(value), width, order)
	})
}

func floats(width int, order binary.ByteOrder) encoder {
	parse := func(item string) (float64, error) {
		// Rounds once, to the width that is asked for.
		return strconv.ParseFloat(item, width*8)
	}
	return each(parse, func(made []byte, value float64) []byte {
		return appendFixed(made, floatBits(value, width), width, order)
	})
}

func floatBits(value float64, width int) uint64 {
	switch {
	case width == 4:
		return uint64(math.Float32bits(float32(value)))
	case math.IsNaN(value):
		// Not math.NaN(), whose last bit is 1.
		return 0x7ff8000000000000
	default:
		return math.Float64bits(value)
	}
}

func appendFixed(made []byte, bits uint64, width int, order binary.ByteOrder) []byte {
	var all [8]byte
	order.PutUint64(all[:], bits)
	if order == binary.LittleEndian {
		return append(made, all[:width]...)
	}
	return append(made, all[8-width:]...)
}

func appendSleb(made []byte, value int64) []byte {
	for ; value < -0x40 || value >= 0x40; value >>= 7 {
		made = append(made, byte(value)|0x80)
	}
	return append(made, byte(value)&0x7f)
}

func frame(rest string) ([]byte, error) {
	prefix, body, _ := strings.Cut(rest, " ")
	encode, ok := integers[prefix]
	if !ok {
		return nil, fmt.Errorf("no prefix of a frame: %q", prefix)
	}
	// len counts octets, not characters.
	length, err := encode(strconv.Itoa(len(body)))
	return append(length, body...), err
}

func repeat(rest string) ([]byte, error) {
	count, octet, _ := strings.Cut(rest, " ")
	times, err := strconv.Atoi(count)
	if err != nil {
		return nil, err
	}
	one, err := hex.DecodeString(octet)
	return bytes.Repeat(one, times), err
}

func ramp(rest string) ([]byte, error) {
	count, err := strconv.Atoi(rest)
	if err != nil {
		return nil, err
	}
	made := make([]byte, count)
	for i := range made {
		made[i] = byte(i % 251)
	}
	return made, nil
}

func noise(rest string) ([]byte, error) {
	count, seed, _ := strings.Cut(rest, " ")
	length, err := strconv.Atoi(count)
	if err != nil {
		return nil, err
	}
	x, err := strconv.ParseUint(seed, 10, 64)
	if err != nil {
		return nil, err
	}
	made := make([]byte, length)
	for i := range made {
		x = x * 16807 % 2147483647
		made[i] = byte(x >> 8)
	}
	return made, nil
}

// A connection is ended as the contract says.
type connection struct {
	*net.TCPConn // has TCP_NODELAY set: Go's own default
	halfClosed   bool
}

func open(address string) (*connection, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &connection{TCPConn: conn.(*net.TCPConn)}, nil
}

func (c *connection) send(line line) error {
	encode, _ := find(line.word)
	made, err := encode(line.rest)
	if err != nil {
		return err
	}
	// Goes on until all is written, or fails.
	_, err = c.Write(made)
	return err
}

func (c *connection) halfClose() error {
	c.halfClosed = true
	return c.CloseWrite()
}

func (c *connection) receive(count string) error {
	if count == "all" {
		_, err := io.Copy(os.Stdout, c)
		return err
	}
	wanted, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		return err
	}
	received, err := io.CopyN(os.Stdout, c, wanted)
	if err == io.EOF {
		return fmt.Errorf("the server closed with %d octets still to receive", wanted-received)
	}
	return err
}

func (c *connection) finish() error {
	if !c.halfClosed {
		if err := c.halfClose(); err != nil {
			return err
		}
	}
	// Closing with something unread would send RST and may destroy what is on its way.
	if _, err := io.Copy(io.Discard, c); err != nil {
		return err
	}
	return c.Close()
}

func (c *connection) reset() error {
	// Lingering for 0 seconds makes Close send RST.
	if err := c.SetLinger(0); err != nil {
		return err
	}
	return c.Close()
}

type line struct{ word, rest string }

// parse leaves out comments and empty lines, and refuses words that it does not know.
func parse(plan string) ([]line, error) {
	var lines []line
	// Not bufio.Scanner, which also takes a CR away.
	for i, whole := range strings.Split(plan, "\n") {
		if whole == "" || whole[0] == '#' {
			continue
		}
		word, rest, _ := strings.Cut(whole, " ")
		if _, encodes := find(word); !encodes && !actions[word] {
			return nil, fmt.Errorf("line %d: cannot do %q", i+1, word)
		}
		lines = append(lines, line{word, rest})
	}
	return lines, nil
}

func follow(lines []line, address string) error {
	c, err := open(address)
	if err != nil {
		return err
	}
	for _, line := range lines {
		switch line.word {
		case "pause":
			err = pause(line.rest)
		case "half-close":
			err = c.halfClose()
		case "receive":
			err = c.receive(line.rest)
		case "connect":
			if err = c.finish(); err == nil {
				c, err = open(address)
			}
		case "reset":
			return c.reset()
		default:
			err = c.send(line)
		}
		if err != nil {
			return err
		}
	}
	return c.finish()
}

func pause(count string) error {
	milliseconds, err := strconv.Atoi(count)
	time.Sleep(time.Duration(milliseconds) * time.Millisecond)
	return err
}

func fail(status int, err error) {
	fmt.Fprintln(os.Stderr, "send:", err)
	os.Exit(status)
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: send HOST PORT PLAN")
		os.Exit(1)
	}
	host, port, path := os.Args[1], os.Args[2], os.Args[3]
	plan, err := os.ReadFile(path)
	if err != nil {
		fail(1, err)
	}
	lines, err := parse(string(plan))
	if err != nil {
		fail(cannot, err)
	}
	// Puts an IPv6 host into brackets.
	if err := follow(lines, net.JoinHostPort(host, port)); err != nil {
		fail(1, err)
	}
}
