module samewire-client

go 1.19
