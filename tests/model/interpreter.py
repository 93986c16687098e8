"""TFLite's own interpreter over stdin and stdout: windows in, scores out, little-endian. The argument is the model file.

In: windows and traces (uint32), then their features (float32). Out: onset, then none (float32).
"""
import struct
import sys


def interpreter_class():
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        try:
            from tflite_runtime.interpreter import Interpreter
        except ImportError:
            from tensorflow.lite.python.interpreter import Interpreter
    return Interpreter


def main():
    Interpreter = interpreter_class()
    if len(sys.argv) < 2:
        return
    import numpy

    interpreter = Interpreter(model_path=sys.argv[1], num_threads=1)
    window = interpreter.get_input_details()[0]
    _, _, samples, channels = window["shape"]
    known = None
    while head := sys.stdin.buffer.read(8):
        windows, traces = struct.unpack("<II", head)
        if traces != known:
            interpreter.resize_tensor_input(window["index"], [1, traces, samples, channels])
            interpreter.allocate_tensors()
            known = traces
        outputs = {"onset": [], "none": []}
        for _ in range(windows):
            data = sys.stdin.buffer.read(int(4 * traces * samples * channels))
            features = numpy.frombuffer(data, "<f4").reshape(1, traces, samples, channels)
            interpreter.set_tensor(window["index"], features)
            interpreter.invoke()
            for output in interpreter.get_output_details():
                outputs[output["name"]].append(interpreter.get_tensor(output["index"]).astype("<f4").tobytes())
        sys.stdout.buffer.write(b"".join(outputs["onset"] + outputs["none"]))
        sys.stdout.buffer.flush()


main()
