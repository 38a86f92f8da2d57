using System.Text.Json;
using Roost.Services.Storage;

namespace Roost.Services.Scheduled;

/// <summary>Verifies <c>scheduled.db</c> while no server runs: the database, and that every draft can be read.
/// </summary>
public static class ScheduledCheck
{
    private const string Place = ScheduledService.Name + ".db";

    /// <exception cref="Rpc.ServiceException">A newer Roost wrote the file, or it could not be repaired; says
    /// why.</exception>
    public static CheckReport Run(DataDirectory data, bool repair) =>
        new SqlCheck(data, ScheduledService.Name, "Scheduled", Look).Run(repair);

    private static SqlLook Look(SqlSession session)
    {
        var findings = new Findings();
        var count = 0L;
        using (var rows = session.Query("SELECT id, draft FROM scheduled"))
        {
            while (rows.Read())
            {
                count++;
                if (!IsDraft(rows.GetString(1)))
                {
                    findings.AddAlike(
                        FindingKind.Damage, Place, Place, $"The scheduled post {rows.GetInt64(0)} cannot be read.");
                }
            }
        }
        return new SqlLook([("scheduled posts", count)], findings.All, null);
    }

    private static bool IsDraft(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ScheduledJson.Default.ScheduledDraft) is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
