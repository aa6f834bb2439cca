import { type End, Frame, type Sink } from "@roomlog/backend"
