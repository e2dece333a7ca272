using System.Diagnostics;

namespace AiKernels.Runtime.Tests;

/// <summary>A test of this assembly in a process of its own.</summary>
internal static class OwnProcess
{
    public static Process Start(Type tests, string method, string variable, string value)
    {
        string[] arguments = ["-noColor", "-method", $"{tests.FullName}.{method}"];
        var self = Environment.ProcessPath!;
        var isHost = Path.GetFileNameWithoutExtension(self) == "dotnet";
        var start = new ProcessStartInfo(self, isHost ? [typeof(OwnProcess).Assembly.Location, .. arguments] : arguments)
        {
            RedirectStandardOutput = true,
        };
        start.Environment[variable] = value;
        return Process.Start(start)!;
    }
}
