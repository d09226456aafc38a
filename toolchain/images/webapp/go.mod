module webapp

go 1.21
