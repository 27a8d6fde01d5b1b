# Does what a plan says: puts exact octets on the wire.
#
# usage: tclsh send.tcl HOST PORT PLAN
#        tclsh send.tcl --version

set CANNOT 77
set PIECE 65536
set ACTIONS {pause half-close receive connect}

namespace eval encode {
    # The letters of [binary format], which cuts a number to its width: signed and unsigned are one.
    variable integers {
        u8 c  i8 c
        u16be S  u16le s  i16be S  i16le s
        u32be I  u32le i  i32be I  i32le i
        u64be W  u64le w  i64be W  i64le w
    }
    variable floats {f32be f32le f64be f64le}
    variable specials {
        32 {inf 0x7f800000  -inf 0xff800000  nan 0x7fc00000}
        64 {inf 0x7ff0000000000000  -inf 0xfff0000000000000  nan 0x7ff8000000000000}
    }
    # How many bits of fraction, and of which negative power of two all are multiples.
    variable forms {32 {23 149}  64 {52 1074}}
    # Each is a procedure below.
    variable others {text points bytes uleb sleb zigzag frame repeat ramp noise}
}

proc encode::knows {word} {
    variable integers
    variable floats
    variable others
    expr {[dict exists $integers $word] || $word in $floats || $word in $others}
}

# The octets of a sending line.
proc encode::line {word rest} {
    variable integers
    variable floats
    if {[dict exists $integers $word]} {
        return [binary format [dict get $integers $word]* [split $rest " "]]
    }
    if {$word in $floats} {
        return [join [lmap number [split $rest " "] {float $word $number}] ""]
    }
    $word $rest
}

proc encode::float {word number} {
    variable specials
    variable forms
    set width [string range $word 1 2]
    if {[string match *n* $number]} {
        set bits [dict get $specials $width $number]
    } else {
        set sign [string match -* $number]
        set bits [expr {$sign << $width - 1 | [nearest $number {*}[dict get $forms $width]]}]
    }
    line u[string range $word 1 end] $bits
}

# The bits of the float nearest to a number without its sign, of two as near the even one.
# By hand, for [scan] and [binary format] of Tcl 8.6 may give a neighbour of it, and of many digits anything.
proc encode::nearest {number fraction least} {
    regexp {^-?(\d+)\.?(\d*)(?:e(.+))?$} $number -> whole part power
    set scale [expr {($power eq "" ? 0 : [scan $power %d]) - [string length $part]}]
    # Not [expr], which takes a leading 0 for octal.
    set top [expr {[scan $whole$part %lld] * 10 ** max($scale, 0) << $least}]
    set bottom [expr {10 ** max(-$scale, 0)}]
    set shift [expr {max([string length [format %llb [expr {$top / $bottom}]]] - $fraction - 1, 0)}]
    set step [expr {$bottom << $shift}]
    set steps [expr {$top / $step}]
    set rest [expr {$top % $step * 2}]
    if {$rest > $step || $rest == $step && $steps & 1} {
        incr steps
    }
    # The highest bit of a normal float is not in it, but adds 1 to the exponent.
    expr {$steps + ($shift << $fraction)}
}

proc encode::text {rest} {
    # A binary channel takes the low octet of each character, so encode first.
    encoding convertto utf-8 $rest
}

# By hand, for Tcl 8.6 makes U+FFFD of a character above U+FFFF.
proc encode::points {rest} {
    set octets {}
    foreach hex [split $rest " "] {
        set point [scan $hex %x]
        if {$point < 0x80} {
            lappend octets $point
            continue
        }
        set more [expr {$point < 0x800 ? 1 : $point < 0x10000 ? 2 : 3}]
        lappend octets [expr {[lindex {0 0xc0 0xe0 0xf0} $more] | $point >> 6 * $more}]
        while {[incr more -1] >= 0} {
            lappend octets [expr {0x80 | $point >> 6 * $more & 0x3f}]
        }
    }
    binary format c* $octets
}

proc encode::bytes {rest} {
    binary decode hex $rest
}

# Tcl's integers have no limit, and >> keeps the sign.
proc encode::uleb {rest} {
    set octets {}
    foreach number [split $rest " "] {
        while {$number > 0x7f} {
            lappend octets [expr {$number & 0x7f | 0x80}]
            set number [expr {$number >> 7}]
        }
        lappend octets $number
    }
    binary format c* $octets
}

proc encode::sleb {rest} {
    set octets {}
    foreach number [split $rest " "] {
        while {$number < -0x40 || $number > 0x3f} {
            lappend octets [expr {$number & 0x7f | 0x80}]
            set number [expr {$number >> 7}]
        }
        lappend octets [expr {$number & 0x7f}]
    }
    binary format c* $octets
}

proc encode::zigzag {rest} {
    uleb [lmap number [split $rest " "] {expr {$number << 1 ^ $number >> 63}}]
}

proc encode::frame {rest} {
    lassign [cut $rest] prefix body
    set octets [text $body]
    # Of octets this counts octets, of $body it would count characters.
    string cat [line $prefix [string length $octets]] $octets
}

proc encode::repeat {rest} {
    lassign [split $rest " "] count hex
    string repeat [bytes $hex] $count
}

proc encode::ramp {count} {
    for {set i 0} {$i < 251} {incr i} {
        lappend octets $i
    }
    set block [binary format c* $octets]
    string range [string repeat $block [expr {$count / 251 + 1}]] 0 $count-1
}

proc encode::noise {rest} {
    lassign [split $rest " "] count x
    set octets {}
    while {[incr count -1] >= 0} {
        set x [expr {$x * 16807 % 2147483647}]
        lappend octets [expr {$x >> 8}]
    }
    binary format c* $octets
}

# A word of the plan and what follows its one space.
proc cut {line} {
    set space [string first " " $line]
    if {$space < 0} {
        return [list $line ""]
    }
    list [string range $line 0 $space-1] [string range $line $space+1 end]
}

proc open_connection {host port} {
    set connection [socket $host $port]
    # Sockets start with LF sent as CR LF, and in the encoding of the locale.
    fconfigure $connection -translation binary -buffersize $::PIECE
    # Tcl 9 has this option, 8.6 no way.
    catch {fconfigure $connection -nodelay 1}
    return $connection
}

proc half_close {connection} {
    # Its own message is empty where the connection is gone.
    if {[catch {close $connection write}]} {
        error "the connection is gone before the half-close"
    }
}

# What has come, and waits for something where nothing has; nothing when the server has closed.
# Tcl takes a reset for the end of a stream, so it is asked for first.
proc receive_piece {connection} {
    fileevent $connection readable {set ::readable true}
    vwait ::readable
    fileevent $connection readable {}
    set failure [fconfigure $connection -error]
    if {$failure ne ""} {
        error $failure
    }
    fconfigure $connection -blocking false
    set octets [read $connection $::PIECE]
    fconfigure $connection -blocking true
    return $octets
}

proc receive {connection count} {
    if {$count eq "all"} {
        while {[set octets [receive_piece $connection]] ne ""} {
            puts -nonewline $octets
        }
        return
    }
    set octets [read $connection $count]
    puts -nonewline $octets
    if {[string length $octets] < $count} {
        error "the server closed before $count octets had come"
    }
}

proc finish {connection half_closed} {
    if {!$half_closed} {
        half_close $connection
    }
    # Closing with something unread would send RST and may destroy what is on its way.
    while {[receive_piece $connection] ne ""} {
    }
    close $connection
}

proc follow {plan host port} {
    set connection [open_connection $host $port]
    set half_closed false
    foreach line $plan {
        lassign [cut $line] word rest
        switch -exact -- $word {
            pause {
                if {!$half_closed} {
                    flush $connection
                }
                after $rest
            }
            receive {
                if {!$half_closed} {
                    flush $connection
                }
                receive $connection $rest
            }
            half-close {
                half_close $connection
                set half_closed true
            }
            connect {
                finish $connection $half_closed
                set connection [open_connection $host $port]
                set half_closed false
            }
            default {
                puts -nonewline $connection [encode::line $word $rest]
            }
        }
    }
    finish $connection $half_closed
}

proc read_plan {path} {
    set file [open $path rb]
    set octets [read $file]
    close $file
    split [encoding convertfrom utf-8 $octets] \n
}

proc main {host port path} {
    set number 0
    set plan {}
    foreach line [read_plan $path] {
        incr number
        if {$line eq "" || [string index $line 0] eq "#"} {
            continue
        }
        set word [lindex [cut $line] 0]
        if {![encode::knows $word] && $word ni $::ACTIONS} {
            puts stderr "line $number: cannot do $word"
            exit $::CANNOT
        }
        lappend plan $line
    }
    fconfigure stdout -translation binary
    follow $plan $host $port
    flush stdout
}

if {$argv eq "--version"} {
    puts "Tcl [info patchlevel]"
    exit
}
try {
    main {*}$argv
} on error message {
    puts stderr "send.tcl: $message"
    exit 1
}
