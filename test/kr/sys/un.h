struct sockaddr_un { short sun_family; char sun_path[108]; };
