// Multiplies with quantized weights, using the kernels alone: y = x w^T on System.Numerics.Tensors spans.
using System.Numerics.Tensors;
using AiKernels;
using AiKernels.Cpu;
using AiKernels.Formats;

const int Tokens = 8, Inputs = 1024, Outputs = 4096;
var random = new Random(1);
var x = Normal(random, Tokens * Inputs, deviation: 1);
var w = Normal(random, Outputs * Inputs, deviation: 0.03f);

using var backend = new CpuBackend();
Console.WriteLine($"{backend.Description}: x [{Tokens}, {Inputs}] times w [{Outputs}, {Inputs}] transposed\n");
Console.WriteLine("format   bytes of w   error of y, relative to the float result");

var exact = Multiply(GgmlType.F32, out _);
foreach (var format in SupportedFormats.All)
{
    var y = Multiply(format.Type, out var bytes);
    Console.WriteLine($"{format.Type,-6} {bytes,12:N0}   {RelativeError(y, exact):P3}");
}

float[] Multiply(GgmlType type, out long bytes)
{
    using var weight = backend.CreateWeight(type, new ReadOnlyTensorSpan<float>(w, [Outputs, Inputs]));
    var y = new float[Tokens * Outputs];
    backend.MatMul(new ReadOnlyTensorSpan<float>(x, [Tokens, Inputs]), weight, new TensorSpan<float>(y, [Tokens, Outputs]));
    bytes = weight.ByteLength;
    return y;
}

static double RelativeError(float[] y, float[] exact) =>
    TensorPrimitives.Distance<float>(y, exact) / TensorPrimitives.Norm<float>(exact);

static float[] Normal(Random random, int count, float deviation)
{
    var values = new float[count];
    for (var i = 0; i < count; i++)
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
        values[i] = deviation * (float)(radius * Math.Cos(2 * Math.PI * random.NextDouble()));
    }

    return values;
}
