/** The board as it changes. */
import type { Schemas } from "@/api/client";
import { useFeed } from "@/session/feed";

export const useBoard = () => useFeed<Schemas["BoardView"]>("/api/v1/wallboard/live");
