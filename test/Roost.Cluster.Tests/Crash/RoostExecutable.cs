using System.Diagnostics;
using System.Reflection;

namespace Roost.Cluster.Tests.Crash;

/// <summary>The program under test, as the build made it in the configuration of these tests.</summary>
internal static class RoostExecutable
{
    public static string Path { get; } = Find();

    /// <summary>How to start it, with everything that it prints caught.</summary>
    public static ProcessStartInfo StartInfo(params ReadOnlySpan<string> arguments) => new(Path, [.. arguments])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        // It lives for seconds: what is compiled a second time, for speed, while it starts is seldom worth it.
        Environment = { ["DOTNET_TC_CallCountingDelayMs"] = "1000" },
    };

    private static string Find()
    {
        var path = Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(metadata => metadata.Key == "Roost.Executable").Value!;
        if (OperatingSystem.IsWindows()) path += ".exe";
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException($"The program under test is not at {path}. Build the solution first.");
    }
}
