/** The board as it changes. */
import { useFeed } from "@/session/feed";
import type { Board } from "./figures";

export const useBoard = () => useFeed<Board>("/api/v1/wallboard/live");
