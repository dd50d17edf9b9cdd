import type { JobState, TableState } from "../../data/operations/operations.ts";
import type { Tone } from "../../assets.ts";
import { Card } from "../../layout/card.tsx";
import { age, int, listed, moment } from "../../layout/format.ts";
import { Icon } from "../../layout/icon.tsx";

const ENDINGS: Readonly<Record<JobState["outcome"], readonly [Tone, string]>> = {
  changed: ["ok", "succeeded"],
  unchanged: ["ok", "succeeded, nothing new"],
  overtaken: ["ok", "skipped, another run was first"],
  stopped: ["warn", "stopped, the next run continues"],
  failed: ["bad", "failed"],
};

/** How the last attempt of every job ended, and how old the data of further sources is. */
export function JobsCard({ jobs, tables, now }: {
  readonly jobs: readonly JobState[];
  readonly tables: readonly TableState[];
  readonly now: Date;
}) {
  const sources = new Map(
    tables.filter(({ source }) => source !== "database").map((table) => [table.source, table]),
  );
  return (
    <Card
      id="jobs"
      span={12}
      title={jobsTitle(jobs)}
      sub="Last attempt of each job, and how old the data of other sources is"
    >
      <table class="list">
        <caption class="vh">Jobs</caption>
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col" class="opt">Last attempt</th>
            <th scope="col">Outcome</th>
            <th scope="col" class="n">Age of data</th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => <JobRow job={job} source={sources.get(job.job)} now={now} />)}
        </tbody>
      </table>
    </Card>
  );
}

function JobRow({ job, source, now }: {
  readonly job: JobState;
  readonly source?: TableState;
  readonly now: Date;
}) {
  const [tone, words] = ENDINGS[job.outcome];
  // The freshness check looks for nothing new.
  const ended = tone === "ok" && job.job === "heartbeat" ? "succeeded" : words;
  const times = job.failures > 1 ? ` ${int(job.failures)} times` : "";
  return (
    <tr>
      <th scope="row">{job.job}</th>
      <td class="soft nowrap opt">{moment(new Date(job.at), now)}</td>
      <td>
        <Icon tone={tone} silent /> {ended}
        {times}
        {job.error && <p class="soft">{job.message ?? job.error}</p>}
      </td>
      <td class="n">{source && <SourceAge state={source} />}</td>
    </tr>
  );
}

function SourceAge({ state: { behind_ms, objective_ms, is_late } }: {
  readonly state: TableState;
}) {
  if (behind_ms === null) return <span class="soft">none yet</span>;
  return (
    <>
      {is_late && <Icon tone="bad" size={12} />} {age(behind_ms)}
      {objective_ms !== null && <span class="soft">{`, objective ${age(objective_ms)}`}</span>}
    </>
  );
}

function jobsTitle(jobs: readonly JobState[]): string {
  const failed = jobs.filter(({ outcome }) => outcome === "failed").map(({ job }) => job);
  if (failed.length > 0) {
    return `The last attempt of ${listed(failed)} failed`;
  }
  if (jobs.length === 0) return "No job has run yet";
  return jobs.length === 1
    ? "The last attempt succeeded"
    : `All ${int(jobs.length)} jobs succeeded on their last attempt`;
}
