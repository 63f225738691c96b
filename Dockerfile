# dashgate. Runs as user 1000 on a read-only root file system; what it writes goes to /var/lib/dashgate (state) and
# /run/dashgate (its sockets, where it has any). It reads /etc/dashgate/dashgate.yaml.

FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build
# node-… bring Node 24 to machines that have an older one; this image is Node 24.
RUN npm prune --omit=dev \
 && rm -rf node_modules/node-bin-* node_modules/node-linux-* node_modules/node-darwin-* node_modules/node-win-* node_modules/.bin \
 && find dist -name '*.d.ts' -delete

FROM node:24-slim
ENV NODE_ENV=production
# Owned by the user who writes there, so that a fresh named volume is as well.
RUN install -d -o 1000 -g 1000 -m 700 /var/lib/dashgate \
 && install -d -o 1000 -g 1000 -m 700 /run/keys \
 && install -d -o 1000 -g 1000 -m 750 /run/dashgate
COPY --from=build /build/package.json /app/
COPY --from=build /build/node_modules /app/node_modules
COPY --from=build /build/dist /app/dist
COPY nginx /app/nginx
WORKDIR /etc/dashgate
USER 1000:1000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --start-interval=1s CMD ["node", "/app/dist/main.js", "health"]
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "/app/dist/main.js"]
CMD ["serve"]
