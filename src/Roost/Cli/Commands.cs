using System.CommandLine;
using Roost.Rpc;

namespace Roost.Cli;

/// <summary>Runs a command's body and turns what went wrong into one sentence on stderr and an exit code.</summary>
internal static class Commands
{
    /// <summary>Makes <paramref name="body"/> the action of <paramref name="command"/>.</summary>
    /// <remarks>
    /// What is not expected here (a bug of ours) is left to end the process with its stack trace, which is what its
    /// report needs.
    /// </remarks>
    public static void Run(this Command command, Func<ParseResult, CancellationToken, Task<int>> body) =>
        command.SetAction(async (parsed, ct) =>
        {
            var error = parsed.InvocationConfiguration.Error;
            try
            {
                return await body(parsed, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                await error.WriteLineAsync("roost: stopped.");
                return ExitCode.Stopped;
            }
            catch (ServiceException failure)
            {
                await error.WriteLineAsync($"roost: {failure.Message}");
                if (failure.Detail is { } detail)
                    await error.WriteLineAsync($"       {detail}");
                return Code(failure.Code);
            }
            catch (IOException failure)
            {
                await error.WriteLineAsync($"roost: {failure.Message}");
                return ExitCode.Environment;
            }
        });

    private static int Code(ErrorCode code) => code switch
    {
        ErrorCode.Invalid => ExitCode.Usage,
        ErrorCode.Conflict or ErrorCode.DataDamaged or ErrorCode.NotFound or ErrorCode.Forbidden => ExitCode.Data,
        _ => ExitCode.Environment,
    };
}
