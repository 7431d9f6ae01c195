export { Emitter, type EventSink, type Listener, type ListenerErrorReporter } from './emitter.ts'
