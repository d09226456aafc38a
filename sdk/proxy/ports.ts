/** Port that the proxy listens on inside its container. */
export const proxyPort = 80;

/** Port for HTTPS inside the container. */
export const tlsPort = 443;

/** Port on the container's own loopback where the proxy says which configuration its workers run. */
export const controlPort = 8089;
