using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Remote;
using Roost.Rpc.Toggles;

namespace Roost.Composition;

/// <summary>What every service is handed from outside: the clock, where to log, and where to measure.</summary>
public sealed record NodeTools(TimeProvider Time, ILoggerFactory Loggers, IMeterFactory Meters)
{
    /// <summary>What is on for a part; without an admin port nobody changes it.</summary>
    public ToggleBook Toggles { get; init; } = new(Loggers.CreateLogger<ToggleBook>());

    /// <summary>What else this process serves; null: nothing.</summary>
    public LocalServices? Here { get; init; }

    public static NodeTools From(IServiceProvider services)
    {
        var tools = new NodeTools(
            TimeProvider.System, services.GetRequiredService<ILoggerFactory>(),
            services.GetRequiredService<IMeterFactory>());
        return services.GetService<ToggleBook>() is { } toggles ? tools with { Toggles = toggles } : tools;
    }

    /// <summary>One line, with its time.</summary>
    private static void LogLine(SimpleConsoleFormatterOptions console)
    {
        console.SingleLine = true;
        console.UseUtcTimestamp = true;
        console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z '";
    }

    /// <summary>Lines to stderr: stdout is the command's own.</summary>
    public static void Log(ILoggingBuilder logging, LogLevel least)
    {
        logging.SetMinimumLevel(least).AddSimpleConsole(LogLine);
        logging.AddFilter<ConsoleLoggerProvider>(Unserved.Logs, LogLevel.None);
        // No line shows a scope, and every connection and request would keep some.
        logging.Services.Configure<LoggerFilterOptions>(filter => filter.CaptureScopes = false);
        logging.Services.Configure<ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    /// <summary>For commands without a server: warnings to stderr, so that stdout is the command's own.</summary>
    public static NodeTools ForCommand()
    {
        var services = new ServiceCollection();
        services.AddMetrics();
        services.AddLogging(logging => Log(logging, LogLevel.Warning));
        return From(services.BuildServiceProvider());
    }
}
